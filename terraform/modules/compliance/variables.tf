variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "aws_region" {
  description = "Region of the trail."
  type        = string
}

variable "config_recorder_enabled" {
  description = "Whether this environment owns the account's recorder."
  type        = bool
}

variable "config_rules_enabled" {
  description = "Whether it has rules."
  type        = bool
}

variable "trail_enabled" {
  description = "Whether it owns the account's trail."
  type        = bool
}

variable "detector_enabled" {
  description = "Whether it owns the account's GuardDuty detector."
  type        = bool
}

variable "finding_topic_arns" {
  description = "Topics that findings are sent to: one or none."
  type        = list(string)
}

variable "retention_days" {
  description = "Days that records are kept."
  type        = number
}

variable "deletion_protection" {
  description = "Refuse to delete records."
  type        = bool
}

variable "kms_key_arn" {
  description = "Key for records."
  type        = string
}
