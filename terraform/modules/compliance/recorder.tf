# What resources look like and when they changed.

resource "aws_config_configuration_recorder" "this" {
  count = var.config_recorder_enabled ? 1 : 0

  name     = var.name
  role_arn = aws_iam_role.recorder[0].arn

  recording_group {
    all_supported                 = true
    include_global_resource_types = true
  }
}

resource "aws_config_delivery_channel" "this" {
  count = var.config_recorder_enabled ? 1 : 0

  name           = var.name
  s3_bucket_name = aws_s3_bucket.audit[0].id
  s3_kms_key_arn = var.kms_key_arn

  snapshot_delivery_properties {
    delivery_frequency = "TwentyFour_Hours"
  }

  depends_on = [aws_config_configuration_recorder.this, aws_s3_bucket_policy.audit, aws_iam_role_policy.recorder]
}

resource "aws_config_configuration_recorder_status" "this" {
  count = var.config_recorder_enabled ? 1 : 0

  name       = aws_config_configuration_recorder.this[0].name
  is_enabled = true

  depends_on = [aws_config_delivery_channel.this]
}

resource "aws_iam_role" "recorder" {
  count = var.config_recorder_enabled ? 1 : 0

  name               = "${var.name}-config"
  assume_role_policy = data.aws_iam_policy_document.recorder_trust.json
}

data "aws_iam_policy_document" "recorder_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["config.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

# AWS's own list of what the recorder has to read.
resource "aws_iam_role_policy_attachment" "recorder" {
  count = var.config_recorder_enabled ? 1 : 0

  role       = aws_iam_role.recorder[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AWS_ConfigRole"
}

resource "aws_iam_role_policy" "recorder" {
  count = var.config_recorder_enabled ? 1 : 0

  name   = "deliver"
  role   = aws_iam_role.recorder[0].id
  policy = data.aws_iam_policy_document.recorder_deliver[0].json
}

data "aws_iam_policy_document" "recorder_deliver" {
  count = var.config_recorder_enabled ? 1 : 0

  statement {
    actions   = ["s3:GetBucketAcl", "s3:ListBucket"]
    resources = [aws_s3_bucket.audit[0].arn]
  }

  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.audit[0].arn}/AWSLogs/${local.account_id}/*"]
  }

  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}
