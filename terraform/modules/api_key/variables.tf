variable "name" {
  description = "Prefix of names."
  type        = string
}

variable "api_key" {
  description = "The key. Needed when the secret is made."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "kms_key_arn" {
  description = "Key for the secret."
  type        = string
}
