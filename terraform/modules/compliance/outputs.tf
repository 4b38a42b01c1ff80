output "audit_bucket" {
  description = "Bucket of records. null: this environment owns none."
  value       = one(aws_s3_bucket.audit[*].id)
}
