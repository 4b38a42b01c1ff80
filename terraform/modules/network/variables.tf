variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "aws_region" {
  description = "Region, for the names of endpoints."
  type        = string
}

variable "vpc_cidr" {
  description = "Addresses of the VPC."
  type        = string
}

variable "availability_zone_count" {
  description = "Zones to spread over."
  type        = number
}

variable "nat_gateway_per_zone" {
  description = "One NAT gateway in each zone instead of one for all."
  type        = bool
}

variable "paid_vpc_endpoints" {
  description = "Interface endpoints besides the free one of S3."
  type        = bool
}

variable "container_port" {
  description = "Port of the API."
  type        = number
}

variable "load_balancer_port" {
  description = "Port of the load balancer's listener."
  type        = number
}

variable "log_retention_days" {
  description = "Days that flow logs are kept."
  type        = number
}

variable "kms_key_arn" {
  description = "Key for flow logs."
  type        = string
}
