# The recorder, the trail and the detector are one per account and region: one environment of an account owns them.

variable "config_recorder_enabled" {
  description = "AWS Config records every change of a resource (about 0.003 dollars each)."
  type        = bool
  default     = true
  nullable    = false
}

variable "config_rules_enabled" {
  description = "AWS Config rules check encryption, TLS and what a CIS baseline asks (about 0.001 dollars a check). The account needs a recorder, this one or another's."
  type        = bool
  default     = true
  nullable    = false
}

variable "cloudtrail_enabled" {
  description = "CloudTrail keeps who did what in the account; the first trail costs only its storage."
  type        = bool
  default     = true
  nullable    = false
}

variable "guardduty_enabled" {
  description = "GuardDuty looks for intruders and tells the alarm topic (a few dollars a month, by volume)."
  type        = bool
  default     = true
  nullable    = false
}

variable "audit_log_retention_days" {
  description = "Days that records of Config and CloudTrail are kept in S3, ever cheaper."
  type        = number
  default     = 2555

  validation {
    condition     = var.audit_log_retention_days >= 1 && var.audit_log_retention_days <= 3653
    error_message = "audit_log_retention_days must be between 1 and 3653."
  }
}
