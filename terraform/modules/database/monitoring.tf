# Enhanced monitoring, and log groups that are there before the database writes to them: made by RDS they would be kept
# for ever and without our key.

resource "aws_cloudwatch_log_group" "database" {
  #checkov:skip=CKV_AWS_338:kept as long as the environment asks for; a year by default
  for_each = toset(local.is_aurora ? ["error", "slowquery", "audit"] : ["error", "slowquery"])

  name              = "/aws/rds/${local.is_aurora ? "cluster" : "instance"}/${var.name}-db/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "monitoring" {
  name               = "${var.name}-db-monitoring"
  assume_role_policy = data.aws_iam_policy_document.monitoring_trust.json
}

data "aws_iam_policy_document" "monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

data "aws_partition" "current" {}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
