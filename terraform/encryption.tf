# One key for all data at rest of this environment. Once the environment is destroyed the key waits for its deletion,
# after which a final snapshot of the database is unreadable: that is why it waits longer where there is one.

resource "aws_kms_key" "data" {
  description             = "Data at rest of ${local.name}"
  enable_key_rotation     = true
  deletion_window_in_days = var.db_final_snapshot ? 30 : 7
  policy                  = data.aws_iam_policy_document.data_key.json
}

resource "aws_kms_alias" "data" {
  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.data.key_id
}

data "aws_iam_policy_document" "data_key" {
  # The resource of a key policy is always "*": it means this key.
  # Every action of kms for the account: without it nobody could ever change this policy again. IAM still decides who.
  #checkov:skip=CKV_AWS_109:in a key policy "*" is this key alone
  #checkov:skip=CKV_AWS_111:in a key policy "*" is this key alone
  #checkov:skip=CKV_AWS_356:in a key policy "*" is this key alone
  statement {
    sid       = "AccountDecidesByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "LogGroupsOfThisAccount"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.aws_region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${var.aws_region}:${local.account_id}:*"]
    }
  }

  statement {
    sid       = "ServicesThatWriteForThisAccount"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type = "Service"
      identifiers = [
        "cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com", "sns.amazonaws.com",
        "cloudtrail.amazonaws.com", "config.amazonaws.com",
      ]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}
