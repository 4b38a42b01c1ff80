# With a domain: its certificate, proven by DNS. The gateway and the load balancer behind it both use it.

resource "aws_acm_certificate" "api" {
  count = var.domain_name == "" ? 0 : 1

  domain_name       = var.domain_name
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "certificate_proof" {
  for_each = var.domain_name == "" ? toset([]) : toset([var.domain_name])

  zone_id         = var.hosted_zone_id
  name            = one([for option in aws_acm_certificate.api[0].domain_validation_options : option.resource_record_name if option.domain_name == each.key])
  type            = one([for option in aws_acm_certificate.api[0].domain_validation_options : option.resource_record_type if option.domain_name == each.key])
  records         = [one([for option in aws_acm_certificate.api[0].domain_validation_options : option.resource_record_value if option.domain_name == each.key])]
  ttl             = 60
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "api" {
  count = var.domain_name == "" ? 0 : 1

  certificate_arn         = aws_acm_certificate.api[0].arn
  validation_record_fqdns = [for record in aws_route53_record.certificate_proof : record.fqdn]
}
