# Internal: only the gateway reaches it.

resource "aws_lb" "api" {
  #checkov:skip=CKV_AWS_150:deletion protection is a choice of the environment; prod has it
  name                       = "${var.name}-alb"
  internal                   = true
  load_balancer_type         = "application"
  subnets                    = var.private_subnet_ids
  security_groups            = [var.security_group_ids["load_balancer"]]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  idle_timeout               = 60

  access_logs {
    bucket  = aws_s3_bucket.access_logs.id
    prefix  = "alb"
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.access_logs]
}

resource "aws_lb_target_group" "api" {
  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; the last leg stays between two security groups
  name                 = "${var.name}-api"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.container_port
  deregistration_delay = 30

  health_check {
    path                = "/health"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "api" {
  #checkov:skip=CKV_AWS_2:HTTPS wherever a domain is given; without one no certificate can be had for an internal name
  #checkov:skip=CKV_AWS_103:TLS 1.2 or newer wherever a domain is given
  #checkov:skip=CKV2_AWS_20:nothing to redirect to without a domain, and the gateway is the only client
  load_balancer_arn = aws_lb.api.arn
  port              = var.load_balancer_port
  protocol          = var.certificate_arn == null ? "HTTP" : "HTTPS"
  certificate_arn   = var.certificate_arn
  ssl_policy        = var.certificate_arn == null ? null : "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
}
