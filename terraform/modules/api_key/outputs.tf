output "secret_arn" {
  description = "Secret that holds the key, known once it has a value: nothing starts before."
  value       = aws_secretsmanager_secret.api_key.arn

  depends_on = [aws_secretsmanager_secret_version.api_key]
}
