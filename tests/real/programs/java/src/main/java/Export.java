import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.concurrent.TimeUnit;

/**
 * Sends traces of two spans and prints the ids of all spans, one a line.
 *
 * <p>Arguments: grpc or http, the endpoint, none or gzip, the number of traces.
 */
public final class Export {
  public static void main(String[] arguments) {
    boolean grpc = arguments[0].equals("grpc");
    String endpoint = arguments[1];
    String compression = arguments[2];
    int traces = Integer.parseInt(arguments[3]);

    SpanExporter exporter =
        grpc
            ? OtlpGrpcSpanExporter.builder()
                .setEndpoint(endpoint)
                .setCompression(compression)
                .build()
            : OtlpHttpSpanExporter.builder()
                .setEndpoint(endpoint)
                .setCompression(compression)
                .build();
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "java")))
            .addSpanProcessor(
                BatchSpanProcessor.builder(exporter)
                    .setMaxQueueSize(2 * traces)
                    .setMaxExportBatchSize(Math.min(64, 2 * traces))
                    .build())
            .build();
    Tracer tracer = provider.get("test");
    StringBuilder ids = new StringBuilder();
    for (int number = 0; number < traces; number++) {
      Span server = tracer.spanBuilder("GET /").setSpanKind(SpanKind.SERVER).startSpan();
      try (Scope scope = server.makeCurrent()) {
        Span client = tracer.spanBuilder("SELECT").setSpanKind(SpanKind.CLIENT).startSpan();
        client.setAttribute("text", "é");
        client.end();
        ids.append(client.getSpanContext().getSpanId()).append('\n');
      }
      server.end();
      ids.append(server.getSpanContext().getSpanId()).append('\n');
    }
    provider.shutdown().join(30, TimeUnit.SECONDS);
    System.out.print(ids);
  }
}
