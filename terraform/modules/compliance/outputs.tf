output "audit_bucket" {
  description = "Bucket of records. null: this environment owns none."
  value       = one(aws_s3_bucket.audit[*].id)
}

output "rule_names" {
  description = "Config rules."
  value       = sort([for rule in aws_config_config_rule.this : rule.name])
}
