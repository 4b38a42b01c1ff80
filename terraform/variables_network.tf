variable "vpc_cidr" {
  description = "Addresses of the VPC. Each zone gets three subnets out of it."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 20, false)
    error_message = "vpc_cidr must be an IPv4 range between /16 and /20, for example 10.0.0.0/16."
  }
}

variable "availability_zone_count" {
  description = "Zones to spread over: 2 or 3."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3], var.availability_zone_count)
    error_message = "availability_zone_count must be 2 or 3."
  }
}

variable "nat_gateway_per_zone" {
  description = "One NAT gateway in each zone (about 33 dollars a month each), so that the loss of a zone stays in it. Otherwise one for all."
  type        = bool
  default     = false
  nullable    = false
}

variable "paid_vpc_endpoints" {
  description = "Private endpoints for ECR, logs, secrets and ECS Exec (7 endpoints, about 7.30 dollars a month and zone each). The endpoint of S3 is free and always there."
  type        = bool
  default     = false
  nullable    = false
}
