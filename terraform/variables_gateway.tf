variable "domain_name" {
  description = "Name that the API answers under, for example api.example.com. Empty: the gateway's own name, and no TLS between gateway and load balancer."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain_name)) || var.domain_name == ""
    error_message = "domain_name must be a name such as api.example.com, or empty."
  }
}

variable "hosted_zone_id" {
  description = "Route 53 zone of domain_name."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(Z[A-Z0-9]{1,31})?$", var.hosted_zone_id)) && (var.domain_name == "") == (var.hosted_zone_id == "")
    error_message = "hosted_zone_id must be a zone id such as Z0123456789ABCDEFGHIJ where domain_name is given, and empty where it is not."
  }
}

variable "throttle_rate" {
  description = "Requests per second that the gateway lets through in the long run."
  type        = number
  default     = 1000

  validation {
    condition     = var.throttle_rate >= 1 && var.throttle_rate <= 10000
    error_message = "throttle_rate must be between 1 and 10000, the limit of an account."
  }
}

variable "throttle_burst" {
  description = "Requests at once that the gateway lets through after a pause."
  type        = number
  default     = 2000

  validation {
    condition     = var.throttle_burst >= 1 && var.throttle_burst <= 5000
    error_message = "throttle_burst must be between 1 and 5000, the limit of an account."
  }
}

variable "report_throttle_rate" {
  description = "Requests for reports per second: they cost more than other requests."
  type        = number
  default     = 200

  validation {
    condition     = var.report_throttle_rate >= 1 && var.report_throttle_rate <= var.throttle_rate
    error_message = "report_throttle_rate must be between 1 and throttle_rate."
  }
}

variable "waf_enabled" {
  description = "Firewall in front of the load balancer (about 9 dollars a month, and 0.60 for a million requests)."
  type        = bool
  default     = true
  nullable    = false
}

variable "waf_rate_limit" {
  description = "Requests of one client in five minutes before the firewall blocks it."
  type        = number
  default     = 10000

  validation {
    condition     = var.waf_rate_limit >= 10 && var.waf_rate_limit <= 2000000000
    error_message = "waf_rate_limit must be between 10 and 2000000000."
  }
}
