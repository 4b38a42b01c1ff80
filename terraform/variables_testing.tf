variable "leave_out" {
  description = "For tests on emulators that lack something: parts that are not made, out of scaling, gateway, functions, observability, compliance."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.leave_out, ["scaling", "gateway", "functions", "observability", "compliance"])) == 0
    error_message = "leave_out can name scaling, gateway, functions, observability and compliance."
  }
}
