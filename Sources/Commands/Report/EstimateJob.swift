import Audit
import Ledger
import Model

extension AuditJob {
  /// A report with what can be estimated of its unknown requests, learnt from all that the ledger holds measured.
  /// It never feeds an alert, a gate or the history: only whoever shows a report asks for it.
  func estimated(_ report: AuditReport) throws(CommandFailure) -> AuditReport {
    let query = query(report.period.since...report.period.until, by: report.grouping, scope: report.scope.shown)
    var samples: [ModelID: CalibrationSamples] = [:]
    try reading { () throws(LedgerError) in
      try ledger.eachMeasured { samples[$0.model, default: CalibrationSamples()].add($0) }
    }
    var estimator = Estimator(samples, baseline: report.baseline, grouping: report.grouping, prices: prices)
    let origin = report.grouping == .origin ? try origin() : nil
    try reading { () throws(LedgerError) in
      try ledger.eachUnmeasured(query) { request in
        var request = request
        if let origin { request.slice.label = origin }
        estimator.add(request)
      }
    }
    return estimator.complete(report)
  }
}
