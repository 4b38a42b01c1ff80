variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "engine" {
  description = "mysql or aurora-mysql."
  type        = string
}

variable "instance_class" {
  description = "Class of the instances."
  type        = string
}

variable "database_name" {
  description = "Name of the database."
  type        = string
}

variable "username" {
  description = "Master user."
  type        = string
}

variable "allocated_storage_gb" {
  description = "Storage at the start, in GB."
  type        = number
}

variable "max_allocated_storage_gb" {
  description = "Storage that an instance may grow to, in GB."
  type        = number
}

variable "multi_az" {
  description = "A standby in a second zone."
  type        = bool
}

variable "reader_count" {
  description = "The fewest Aurora readers."
  type        = number
}

variable "reader_count_max" {
  description = "The most Aurora readers."
  type        = number
}

variable "backup_retention_days" {
  description = "Days that backups are kept."
  type        = number
}

variable "deletion_protection" {
  description = "Refuse deletion."
  type        = bool
}

variable "final_snapshot" {
  description = "Take a snapshot before deletion."
  type        = bool
}

variable "connections_needed" {
  description = "Connections that all tasks together may open."
  type        = number
}

variable "subnet_ids" {
  description = "Subnets of the database."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the database."
  type        = string
}

variable "log_retention_days" {
  description = "Days that the database's logs are kept."
  type        = number
}

variable "kms_key_arn" {
  description = "Key for storage, secret, logs and Performance Insights."
  type        = string
}
