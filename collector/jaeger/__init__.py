"""Jaeger's own protocols: Thrift over UDP and HTTP, protobuf over gRPC, turned into OTLP."""
