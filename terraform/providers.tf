provider "aws" {
  region = var.aws_region

  # A plan against the wrong account fails here, before anything is read.
  allowed_account_ids = var.account_id == "" ? null : [var.account_id]

  default_tags {
    tags = merge(var.tags, {
      Project     = var.project_name
      Environment = var.environment
      ManagedBy   = "terraform"
    })
  }
}
