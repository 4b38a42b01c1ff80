variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "aws_region" {
  description = "Region of the metrics on the dashboards."
  type        = string
}

variable "environment" {
  description = "Environment, as the API's own metrics name it."
  type        = string
}

variable "notification_email" {
  description = "Address for alarms, or empty."
  type        = string
}

variable "monthly_budget_usd" {
  description = "Budget of a month in US dollars."
  type        = number
}

variable "error_percent" {
  description = "Share of 5xx that raises an alarm."
  type        = number
}

variable "p95_seconds" {
  description = "95th percentile that raises an alarm, in seconds."
  type        = number
}

variable "utilization_percent" {
  description = "CPU, memory, connections that raise an alarm."
  type        = number
}

variable "slo_percent" {
  description = "Share of requests that are to succeed."
  type        = number
}

variable "cluster_name" {
  description = "ECS cluster."
  type        = string
}

variable "service_name" {
  description = "ECS service."
  type        = string
}

variable "api_log_group_name" {
  description = "Log group of the API."
  type        = string
}

variable "load_balancer_arn_suffix" {
  description = "Load balancer, as metrics name it."
  type        = string
}

variable "target_group_arn_suffix" {
  description = "Target group, as metrics name it."
  type        = string
}

variable "gateway" {
  description = "The gateway. null: none."
  type = object({
    api_id         = string
    log_group_name = string
  })
  nullable = true
}

variable "functions" {
  description = "The functions. null: none."
  type = object({
    names             = map(string)
    alert_relay_arn   = string
    dead_letter_queue = string
  })
  nullable = true
}

variable "database" {
  description = "The database."
  type = object({
    identifier           = string
    is_cluster           = bool
    max_connections      = number
    allocated_storage_gb = number
  })
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "kms_key_arn" {
  description = "Key for messages and logs."
  type        = string
}
