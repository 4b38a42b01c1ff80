variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 365

  # CloudWatch Logs knows no other numbers.
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number that CloudWatch Logs has: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731 and on."
  }
}

variable "access_log_retention_days" {
  description = "Days that access logs of the load balancer are kept in S3. After 30 they move to cheaper storage."
  type        = number
  default     = 365

  validation {
    condition     = var.access_log_retention_days >= 1 && var.access_log_retention_days <= 3653
    error_message = "access_log_retention_days must be between 1 and 3653."
  }
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer, and buckets that have something in them."
  type        = bool
  default     = true
  nullable    = false
}
