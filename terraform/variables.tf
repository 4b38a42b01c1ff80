variable "aws_region" {
  description = "Region that everything is deployed to."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "aws_region must look like us-east-1."
  }
}

variable "account_id" {
  description = "The only account that may be touched, 12 digits. Empty: whatever account the credentials belong to."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([0-9]{12})?$", var.account_id))
    error_message = "account_id must be 12 digits, or empty."
  }
}

variable "project_name" {
  description = "First part of every name."
  type        = string
  default     = "ecommerce-analytics"

  # Load balancers and target groups allow 32 characters: project, environment and "-alb" have to fit.
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.project_name)) && !strcontains(var.project_name, "--")
    error_message = "project_name must be 3 to 20 lower-case letters, digits and single hyphens, and begin with a letter."
  }
}

variable "environment" {
  description = "Second part of every name: dev, staging or prod."
  type        = string
  default     = "prod"

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "emulated_aws" {
  description = "The account is an emulator's, at AWS_ENDPOINT_URL: buckets are addressed by path, and failed calls are soon given up."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Further tags for every resource."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(var.tags) <= 40 && alltrue([for key, value in var.tags : length(key) <= 128 && length(value) <= 256 && !startswith(lower(key), "aws:")])
    error_message = "tags must be at most 40, keys up to 128 characters without the prefix aws:, values up to 256."
  }
}
