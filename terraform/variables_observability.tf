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

variable "notification_email" {
  description = "Address that alarms are mailed to. Empty: only Slack, where its webhook is known."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^@\\s]+@[^@\\s]+\\.[^@\\s]+)?$", var.notification_email))
    error_message = "notification_email must be an address, or empty."
  }
}

variable "monthly_budget_usd" {
  description = "What the environment may cost in a month, in US dollars. Warned at 80 % spent and at 100 % forecast."
  type        = number
  default     = 100

  validation {
    condition     = var.monthly_budget_usd >= 1
    error_message = "monthly_budget_usd must be at least 1."
  }
}

variable "alarm_error_percent" {
  description = "Share of answers with status 5xx that raises an alarm."
  type        = number
  default     = 5

  validation {
    condition     = var.alarm_error_percent > 0 && var.alarm_error_percent <= 100
    error_message = "alarm_error_percent must be above 0 and at most 100."
  }
}

variable "alarm_p95_seconds" {
  description = "95th percentile of the answer time that raises an alarm, in seconds."
  type        = number
  default     = 2

  validation {
    condition     = var.alarm_p95_seconds > 0 && var.alarm_p95_seconds <= 30
    error_message = "alarm_p95_seconds must be above 0 and at most 30, after which the gateway gives up."
  }
}

variable "alarm_utilization_percent" {
  description = "CPU or memory of the service, CPU or connections of the database that raise an alarm."
  type        = number
  default     = 90

  validation {
    condition     = var.alarm_utilization_percent > 80 && var.alarm_utilization_percent <= 100
    error_message = "alarm_utilization_percent must be above 80, where scaling should have helped, and at most 100."
  }
}

variable "slo_percent" {
  description = "Share of requests that are to succeed. Its error budget sets the burn-rate alarms."
  type        = number
  default     = 99.9

  validation {
    condition     = var.slo_percent >= 90 && var.slo_percent < 100
    error_message = "slo_percent must be at least 90 and below 100."
  }
}
