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
