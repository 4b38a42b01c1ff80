variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "environment" {
  description = "Environment that the functions are told they run in."
  type        = string
}

variable "image" {
  description = "Image by digest, in ECR of this account and region: Lambda takes no other."
  type        = string
}

variable "cpu_architecture" {
  description = "Processor of the functions, in the words of ECS."
  type        = string
}

variable "fit_schedule" {
  description = "When models are fitted."
  type        = string
}

variable "fit_memory_mb" {
  description = "Memory for fitting, in MB."
  type        = number
}

variable "reserve_concurrency" {
  description = "Whether the functions reserve concurrency of the account."
  type        = bool
}

variable "extra_environment" {
  description = "Further variables of the API, for example STORE_CURRENCY."
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

variable "private_subnet_ids" {
  description = "Subnets of functions that need the database."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of these functions."
  type        = string
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "kms_key_arn" {
  description = "Key for logs, queues, secrets and settings."
  type        = string
}
