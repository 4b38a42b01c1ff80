terraform {
  # 1.10 brought locks in S3, 1.11 arguments that are written and never kept: the API key needs them.
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Bucket, key, region and encryption come from `eap config backend --env E`.
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}
