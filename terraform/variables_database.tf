variable "database_engine" {
  description = "mysql: one RDS instance. aurora-mysql: a cluster that grows past one machine. Another engine is another, empty database: bring the orders over with `eap import`, or deploy a second environment first."
  type        = string
  default     = "mysql"

  validation {
    condition     = contains(["mysql", "aurora-mysql"], var.database_engine)
    error_message = "database_engine must be mysql or aurora-mysql."
  }
}

variable "db_instance_class" {
  description = "Class of the database instances."
  type        = string
  default     = "db.t3.micro"

  validation {
    condition     = can(regex("^db\\.(t3|t4g|m6g|m6i|m7g|r6g|r6i|r7g)\\.(micro|small|medium|large|xlarge|[248]xlarge)$", var.db_instance_class))
    error_message = "db_instance_class must be a class such as db.t3.micro or db.r6g.large (t3, t4g, m6g, m6i, m7g, r6g, r6i, r7g; up to 8xlarge)."
  }

  validation {
    condition     = var.database_engine != "aurora-mysql" || can(regex("^db\\.(t3\\.(medium|large)|t4g\\.(medium|large)|r)", var.db_instance_class))
    error_message = "aurora-mysql has no instances of this class: take db.t4g.medium, db.t3.medium, or a db.r6g, db.r6i or db.r7g."
  }
}

variable "db_name" {
  description = "Name of the database."
  type        = string
  default     = "analytics"

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,63}$", var.db_name))
    error_message = "db_name must be 1 to 64 letters, digits and underscores, and begin with a letter."
  }
}

variable "db_username" {
  description = "Master user. Its password is made, kept and rotated by Secrets Manager."
  type        = string
  default     = "analytics"

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,15}$", var.db_username)) && !contains(["rdsadmin", "admin_user", "root", "mysql"], lower(var.db_username))
    error_message = "db_username must be 1 to 16 letters, digits and underscores, begin with a letter, and not be a reserved name."
  }
}

variable "db_allocated_storage_gb" {
  description = "Storage of an RDS instance at the start, in GB. Aurora has none to set."
  type        = number
  default     = 20

  validation {
    condition     = var.db_allocated_storage_gb >= 20 && var.db_allocated_storage_gb <= 16384
    error_message = "db_allocated_storage_gb must be between 20 and 16384."
  }
}

variable "db_max_allocated_storage_gb" {
  description = "Storage that an RDS instance may grow to by itself, in GB."
  type        = number
  default     = 100

  # RDS grows in steps of a tenth, and refuses a smaller room.
  validation {
    condition     = var.db_max_allocated_storage_gb >= var.db_allocated_storage_gb * 1.1 && var.db_max_allocated_storage_gb <= 16384
    error_message = "db_max_allocated_storage_gb must be at least a tenth above db_allocated_storage_gb, and at most 16384."
  }
}

variable "db_multi_az" {
  description = "A standby in a second zone. Aurora: at least one reader, which takes over."
  type        = bool
  default     = false
  nullable    = false
}

variable "db_reader_count" {
  description = "The fewest Aurora readers; reports go to them. An RDS instance whose password Secrets Manager keeps can have no replica."
  type        = number
  default     = 0

  validation {
    condition     = var.db_reader_count >= 0 && var.db_reader_count <= (var.database_engine == "mysql" ? 0 : 15)
    error_message = "db_reader_count must be 0 to 15, and 0 unless database_engine is aurora-mysql."
  }
}

variable "db_reader_count_max" {
  description = "The most readers that Aurora may scale out to. Not used with mysql."
  type        = number
  default     = 2

  validation {
    condition     = var.db_reader_count_max <= 15 && (var.database_engine == "mysql" || var.db_reader_count_max >= max(var.db_reader_count, var.db_multi_az ? 1 : 0))
    error_message = "db_reader_count_max must be at most 15, and at least the fewest readers."
  }
}

variable "db_backup_retention_days" {
  description = "Days that automatic backups are kept."
  type        = number
  default     = 7

  validation {
    condition     = var.db_backup_retention_days >= 1 && var.db_backup_retention_days <= 35
    error_message = "db_backup_retention_days must be between 1 and 35."
  }
}

variable "db_deletion_protection" {
  description = "Refuse to delete the database."
  type        = bool
  default     = true
  nullable    = false
}

variable "db_final_snapshot" {
  description = "Take a snapshot before the database is deleted. It is readable for the 30 days that its key waits to be deleted: copy it, or restore it, before."
  type        = bool
  default     = true
  nullable    = false
}

variable "db_connections_per_task" {
  description = "Connections that a task opens at most in each of its two pools, writing and reports."
  type        = number
  default     = 3

  validation {
    condition     = var.db_connections_per_task >= 1 && var.db_connections_per_task <= 1000 && floor(var.db_connections_per_task) == var.db_connections_per_task
    error_message = "db_connections_per_task must be a whole number between 1 and 1000."
  }
}
