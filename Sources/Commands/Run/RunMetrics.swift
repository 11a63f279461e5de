import Audit
import Model
import Pricing

/// What the daily job tells node_exporter.
enum RunMetrics {
  static func textfile(
    _ audit: AuditReport, lastSuccess: Int64?, isOK: Bool, messages: [OutboxRecord]?
  ) -> PrometheusTextfile {
    func samples(_ value: (AuditRow) -> String?) -> PrometheusTextfile.Metric.Samples {
      audit.models.compactMap { row in
        value(row).map {
          .init(
            $0,
            labels: [
              "provider": row.key.model.provider, "model": row.key.model.model,
              "billing": row.key.billing.word ?? "unpriced",
            ])
        }
      }
    }
    /// A figure that is a range has its two ends, and no figure between them.
    func ends<Value: CustomStringConvertible & Equatable>(
      _ metric: (PrometheusTextfile.Metric.Samples) -> PrometheusTextfile.Metric,
      _ range: (AuditRow) -> ClosedRange<Value>?
    ) -> [PrometheusTextfile.Metric] {
      func one(_ row: AuditRow) -> String? {
        range(row).flatMap { $0.lowerBound == $0.upperBound ? $0.lowerBound.description : nil }
      }
      return [
        metric(samples(one)),
        metric(samples { one($0) == nil ? range($0)?.lowerBound.description : nil }).end("low"),
        metric(samples { one($0) == nil ? range($0)?.upperBound.description : nil }).end("high"),
      ]
    }
    var metrics = ends(PrometheusTextfile.Metric.ratio) { $0.ratios(by: .plain) }
    metrics += ends(PrometheusTextfile.Metric.cost) { $0.costs }
    metrics += ends(PrometheusTextfile.Metric.baselineCost) { $0.baselineCosts }
    metrics += [
      .coverage(audit.coverage.share.map { [.init($0.description)] } ?? []),
      .planUtilisation(
        audit.plans.compactMap { plan in
          plan.utilisation.map { .init($0.description, labels: ["plan": plan.name]) }
        }),
    ]
    let counts = audit.coverage.counts
    metrics.append(
      .requests(
        [
          ("measured", counts.measured - audit.coverage.unpriced), ("unpriced", audit.coverage.unpriced),
          ("estimated", counts.estimated), ("unknown", counts.unknown), ("failed", counts.failed),
        ].map { .init("\($1)", labels: ["state": $0]) }))
    metrics += [
      .day(milliseconds: audit.period.until.start(in: audit.period.timeZone)), .lastRunOK(isOK),
      .build(version: ProgramVersion.current),
    ]
    if let messages {
      metrics.append(
        .alerts([
          .init("\(messages.count { $0.state == .pending })", labels: ["state": "pending"]),
          .init("\(messages.count { $0.state == .failed })", labels: ["state": "failed"]),
        ]))
    }
    if let lastSuccess { metrics.append(.lastSuccess(milliseconds: lastSuccess)) }
    return PrometheusTextfile(metrics)
  }
}
