variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "load_balancer_arn" {
  description = "Load balancer that the firewall protects."
  type        = string
}

variable "listener_arn" {
  description = "Listener that requests are sent to."
  type        = string
}

variable "private_subnet_ids" {
  description = "Subnets of the link into the VPC."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the link."
  type        = string
}

variable "domain_name" {
  description = "Name of the API, or empty."
  type        = string
}

variable "hosted_zone_id" {
  description = "Zone of that name, or empty."
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of that name."
  type        = string
  nullable    = true
}

variable "throttle_rate" {
  description = "Requests per second."
  type        = number
}

variable "throttle_burst" {
  description = "Requests at once."
  type        = number
}

variable "report_throttle_rate" {
  description = "Requests for reports per second."
  type        = number
}

variable "firewall_enabled" {
  description = "Whether there is a firewall."
  type        = bool
}

variable "requests_in_5_minutes" {
  description = "Requests of one client in five minutes."
  type        = number
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "kms_key_arn" {
  description = "Key for logs."
  type        = string
}
