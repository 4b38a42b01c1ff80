output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "vpc_cidr_block" {
  description = "Its addresses."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "Subnets with a way to and from the internet."
  value       = aws_subnet.public[*].id
}

output "private_subnet_ids" {
  description = "Subnets with a way out through NAT."
  value       = aws_subnet.private[*].id
}

output "database_subnet_ids" {
  description = "Subnets without a way out."
  value       = aws_subnet.database[*].id
}

output "security_group_ids" {
  description = "Security groups by what they are for: gateway, load_balancer, service, functions, database, endpoints."
  value       = { for key, group in aws_security_group.this : key => group.id }
}

output "flow_log_group_name" {
  description = "Log group of the flow logs."
  value       = aws_cloudwatch_log_group.flow_logs.name
}

output "nat_gateway_count" {
  description = "NAT gateways."
  value       = length(aws_nat_gateway.this)
}
