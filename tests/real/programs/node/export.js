// Exports spans over the transport named in argv and prints their ids as JSON.
'use strict'
const { NodeTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-node')
const { CompressionAlgorithm } = require('@opentelemetry/otlp-exporter-base')

const [transport, endpoint, count] = process.argv.slice(2)
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${transport}`)
const exporter = new OTLPTraceExporter({ url: endpoint, compression: CompressionAlgorithm.GZIP })
const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 10000, maxExportBatchSize: 64 })
const tracer = new NodeTracerProvider({ spanProcessors: [processor] })
const ids = []
for (let number = 0; number < Number(count); number++) {
  const span = tracer.getTracer('test').startSpan(`span ${number}`, { attributes: { number, name: 'é' } })
  ids.push(span.spanContext().spanId)
  span.end()
}
tracer.shutdown().then(() => console.log(JSON.stringify(ids)))
