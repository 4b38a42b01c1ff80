output "audit_bucket" {
  description = "Bucket of records. null: this environment owns none."
  value       = one(aws_s3_bucket.audit[*].id)
}

output "rule_count" {
  description = "Config rules."
  value       = length(aws_config_config_rule.this)
}
