import Audit
import Model

extension AuditJob {
  /// A report with what can be estimated of its unknown requests, learnt from all that is measured.
  /// It never feeds an alert, a gate or the history: only whoever shows a report asks for it.
  func estimated(_ report: AuditReport) throws(CommandFailure) -> AuditReport {
    let query = query(report.period.since...report.period.until, by: report.grouping, scope: report.scope.shown)
    var samples: [ModelID: CalibrationSamples] = [:]
    try source.eachMeasured { samples[$0.model, default: CalibrationSamples()].add($0) }
    var estimator = Estimator(samples, baseline: report.baseline, grouping: report.grouping, prices: prices)
    try source.eachUnmeasured(query) { estimator.add($0) }
    return estimator.complete(report)
  }
}
