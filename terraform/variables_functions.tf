variable "fit_schedule" {
  description = "When models are fitted anew, as an EventBridge schedule in UTC."
  type        = string
  default     = "cron(30 2 * * ? *)"

  validation {
    condition     = can(regex("^(cron|rate)\\([^()]+\\)$", var.fit_schedule))
    error_message = "fit_schedule must be cron(…) or rate(…)."
  }
}

variable "fit_memory_mb" {
  description = "Memory of the function that fits models, in MB. Its CPU grows with it."
  type        = number
  default     = 2048

  validation {
    condition     = var.fit_memory_mb >= 128 && var.fit_memory_mb <= 10240
    error_message = "fit_memory_mb must be between 128 and 10240."
  }
}

variable "lambda_reserve_concurrency" {
  description = "Reserve 3 of the account's concurrent Lambda runs for the functions. AWS keeps 100 unreserved (10 in a fresh account): with a quota below that, it refuses."
  type        = bool
  default     = false
  nullable    = false
}
