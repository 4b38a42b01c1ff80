provider "aws" {
  region = var.aws_region

  # A plan against the wrong account fails here, before anything is read.
  allowed_account_ids = var.account_id == "" ? null : [var.account_id]

  # An emulator has one address for all buckets, and answers wrongly rather than late.
  s3_use_path_style = var.emulated_aws
  max_retries       = var.emulated_aws ? 3 : null

  default_tags {
    tags = merge(var.tags, {
      Project     = var.project_name
      Environment = var.environment
      ManagedBy   = "terraform"
    })
  }
}
