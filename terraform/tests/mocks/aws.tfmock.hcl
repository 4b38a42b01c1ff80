# What plans read from the account. Everything else that AWS would fill in is made up by Terraform.

mock_data "aws_availability_zones" {
  defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"] }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_region" {
  defaults = { name = "us-east-1" }
}

mock_data "aws_iam_policy_document" {
  defaults = { json = "{}" }
}

mock_resource "aws_db_instance" {
  defaults = {
    address            = "db.example.internal"
    port               = 3306
    master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1", kms_key_id = "key", secret_status = "active" }]
  }
}

mock_resource "aws_rds_cluster" {
  defaults = {
    endpoint           = "writer.example.internal"
    reader_endpoint    = "reader.example.internal"
    port               = 3306
    master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-1", kms_key_id = "key", secret_status = "active" }]
  }
}
