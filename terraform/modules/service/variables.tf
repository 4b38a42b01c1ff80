variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "aws_region" {
  description = "Region of the logs."
  type        = string
}

variable "environment" {
  description = "Environment that the API is told it runs in."
  type        = string
}

variable "image" {
  description = "Image by digest."
  type        = string
}

variable "container_port" {
  description = "Port of the API."
  type        = number
}

variable "cpu_architecture" {
  description = "Processor of a task, in the words of ECS."
  type        = string
}

variable "cpu" {
  description = "CPU units of a task."
  type        = number
}

variable "memory" {
  description = "Memory of a task in MB."
  type        = number
}

variable "desired_count" {
  description = "Tasks at the first deployment."
  type        = number
}

variable "min_count" {
  description = "The fewest tasks."
  type        = number
}

variable "max_count" {
  description = "The most tasks."
  type        = number
}

variable "on_demand_base" {
  description = "Tasks that never run on Spot."
  type        = number
}

variable "spot_percent" {
  description = "Share of the other tasks on Spot."
  type        = number
}

variable "scaling_enabled" {
  description = "Whether the number of tasks follows the load."
  type        = bool
}

variable "off_hours_task_count" {
  description = "Tasks at night and at weekends, -1 without a schedule."
  type        = number
}

variable "requests_per_task" {
  description = "Requests per minute and task to aim at."
  type        = number
}

variable "extra_environment" {
  description = "Further variables of the API."
  type        = map(string)
}

variable "database" {
  description = "How to reach the database."
  type = object({
    host        = string
    reader_host = optional(string)
    port        = number
    name        = string
    secret_arn  = string
  })
}

variable "api_key_secret_arn" {
  description = "Secret with the first API key."
  type        = string
}

variable "connections_per_task" {
  description = "Connections of each of a task's two pools."
  type        = number
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "private_subnet_ids" {
  description = "Subnets of tasks and load balancer."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Security groups by what they are for."
  type        = map(string)
}

variable "load_balancer_port" {
  description = "Port of the listener: 443 with a certificate, else 80."
  type        = number
}

variable "certificate_arn" {
  description = "Certificate of the listener. null: plain HTTP inside the VPC."
  type        = string
  nullable    = true
}

variable "deletion_protection" {
  description = "Refuse to delete the load balancer and its logs."
  type        = bool
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "access_log_bucket_days" {
  description = "Days that access logs are kept."
  type        = number
}

variable "kms_key_arn" {
  description = "Key for logs and secrets."
  type        = string
}
