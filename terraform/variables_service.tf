variable "container_image" {
  description = "Image of the API by digest, repository@sha256:…. A tag can change under a running service; a digest cannot."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$", var.container_image))
    error_message = "container_image must name a digest: repository@sha256: and 64 hexadecimal digits."
  }
}

variable "container_port" {
  description = "Port that the API listens on."
  type        = number
  default     = 8000

  # The container runs without root: no port below 1024.
  validation {
    condition     = var.container_port >= 1024 && var.container_port <= 65535
    error_message = "container_port must be between 1024 and 65535."
  }
}

variable "cpu_architecture" {
  description = "Processor of tasks and functions: X86_64, or ARM64 (Graviton, about a fifth cheaper). The image has to be built for it."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "ecs_cpu" {
  description = "CPU units of a task (1024 are one core)."
  type        = number
  default     = 256

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.ecs_cpu)
    error_message = "ecs_cpu must be 256, 512, 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "ecs_memory" {
  description = "Memory of a task in MB. Fargate has fixed sizes for each number of CPU units."
  type        = number
  default     = 512

  validation {
    condition = contains(lookup({
      256   = [512, 1024, 2048]
      512   = range(1024, 4097, 1024)
      1024  = range(2048, 8193, 1024)
      2048  = range(4096, 16385, 1024)
      4096  = range(8192, 30721, 1024)
      8192  = range(16384, 61441, 4096)
      16384 = range(32768, 122881, 8192)
    }, var.ecs_cpu, []), var.ecs_memory)
    error_message = "ecs_memory does not go with ecs_cpu: Fargate has 256 with 512, 1024 or 2048 MB, 512 with 1024 to 4096, 1024 with 2048 to 8192, 2048 with 4096 to 16384, 4096 with 8192 to 30720."
  }
}

variable "ecs_desired_count" {
  description = "Tasks at the first deployment. Afterwards scaling decides."
  type        = number
  default     = 2

  validation {
    condition     = var.ecs_desired_count >= var.ecs_min_count && var.ecs_desired_count <= var.ecs_max_count
    error_message = "ecs_desired_count must lie between ecs_min_count and ecs_max_count."
  }
}

variable "ecs_min_count" {
  description = "The fewest tasks that scaling keeps."
  type        = number
  default     = 1

  validation {
    condition     = var.ecs_min_count >= 0 && var.ecs_min_count <= 100
    error_message = "ecs_min_count must be between 0 and 100."
  }
}

variable "ecs_max_count" {
  description = "The most tasks that scaling starts. The connections of all of them have to fit the database."
  type        = number
  default     = 4

  validation {
    condition     = var.ecs_max_count >= max(1, var.ecs_min_count) && var.ecs_max_count <= 100
    error_message = "ecs_max_count must be at least ecs_min_count, and between 1 and 100."
  }
}

variable "fargate_on_demand_base" {
  description = "Tasks that never run on Spot."
  type        = number
  default     = 1

  validation {
    condition     = var.fargate_on_demand_base >= 0 && var.fargate_on_demand_base <= 100
    error_message = "fargate_on_demand_base must be between 0 and 100."
  }
}

variable "fargate_spot_percent" {
  description = "Share of the tasks above the base that run on Spot, about 70 % cheaper and ended with two minutes' notice."
  type        = number
  default     = 0

  validation {
    condition     = var.fargate_spot_percent >= 0 && var.fargate_spot_percent <= 100
    error_message = "fargate_spot_percent must be between 0 and 100."
  }
}

variable "off_hours_task_count" {
  description = "Tasks at night and at weekends (20:00 to 07:00 UTC on work days, all of Saturday and Sunday). -1: no schedule."
  type        = number
  default     = -1

  validation {
    condition     = var.off_hours_task_count >= -1 && var.off_hours_task_count <= var.ecs_max_count && !(var.environment == "prod" && var.off_hours_task_count != -1)
    error_message = "off_hours_task_count must be -1 (none) or up to ecs_max_count, and -1 in prod."
  }
}

variable "requests_per_task" {
  description = "Requests per minute and task that scaling aims at."
  type        = number
  default     = 6000

  validation {
    condition     = var.requests_per_task >= 1
    error_message = "requests_per_task must be at least 1."
  }
}

variable "api_key" {
  description = "The first API key, in TF_VAR_api_key. Needed when the environment is made, and then no more; Terraform keeps it nowhere."
  type        = string
  default     = ""
  ephemeral   = true
  sensitive   = true
  nullable    = false

  validation {
    condition     = var.api_key == "" || length(var.api_key) >= 32
    error_message = "api_key must have at least 32 characters."
  }
}

variable "api_environment" {
  description = "Further settings of the API as variables, for example STORE_CURRENCY. No secrets: they show in the task definition."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.api_environment) : can(regex("^[A-Z][A-Z0-9_]*$", name)) && !can(regex("PASSWORD|SECRET|TOKEN|API_KEY|WEBHOOK|DATABASE_", name))])
    error_message = "api_environment must not carry secrets or the database's settings; names are upper-case letters, digits and underscores."
  }
}
