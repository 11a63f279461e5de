package import Pricing
package import Model

/// The estimated requests of a row. No measured figure holds any of it.
package struct EstimatedSum: Hashable, Sendable {
  /// Those estimated here, from bytes.
  package var bytes = EstimatedPart()
  /// Those that a proxy counted by itself: nobody knows how well.
  package var proxy = EstimatedPart()
  /// How far the estimates from bytes are off; `nil` where there are none.
  package var error: EstimateError?
  /// How many of them the report counted as estimated before: the proxy's own record says so.
  package var counted = 0

  /// All of them.
  package var requests: Int { bytes.requests + proxy.requests }
  /// Their tokens.
  package var tokens: TokenUsage { bytes.tokens + proxy.tokens }
  /// What they cost by the token; `nil` where a plan pays or there is no price.
  package var cost: Money? { bytes.cost.flatMap { cost in proxy.cost.map { cost + $0 } } }
  /// What they cost at the baseline's rates.
  package var baselineCost: Money? { bytes.baselineCost.flatMap { cost in proxy.baselineCost.map { cost + $0 } } }
  /// How far the cost of those from bytes may be off: by the median error, as if all requests erred the same way.
  package var margin: Money? { bytes.cost.map(margin) }
  /// The same of the baseline cost.
  package var baselineMargin: Money? { bytes.baselineCost.map(margin) }
  /// How the tokens were come by: a word of the JSON contract.
  package var method: String {
    if proxy.requests == 0 { return "bytes" }
    return bytes.requests == 0 ? "proxy" : "bytes_and_proxy"
  }

  private func margin(_ cost: Money) -> Money {
    cost.multiplied(by: error?.median.millionths ?? 0, over: Ratio.one.millionths)
  }
}

/// Estimated requests of one origin.
package struct EstimatedPart: Hashable, Sendable {
  /// How many.
  package var requests = 0
  /// Their tokens.
  package var tokens = TokenUsage.zero
  /// What they cost by the token; `nil` where a plan pays or there is no price.
  package var cost: Money? = .zero
  /// What they cost at the baseline's rates; `nil` where it has none for some of them.
  package var baselineCost: Money? = .zero

  fileprivate mutating func add(_ priced: PricedSlice) {
    requests += 1
    tokens += priced.tokens
    let cost = priced.billing == .free ? .zero : priced.cost
    self.cost = self.cost.flatMap { sum in cost.map { sum + $0 } }
    baselineCost = baselineCost.flatMap { sum in priced.baselineCost.map { sum + $0 } }
  }
}

/// What was estimated of the requests without measured tokens, and what was not.
package struct EstimateSummary: Hashable, Sendable {
  /// Every model that has such requests, sorted.
  package var models: [ModelEstimate]
}

/// What was estimated of a model's requests without measured tokens. Each of them counts in exactly one of the fields.
package struct ModelEstimate: Hashable, Sendable {
  /// Who was called.
  package var model: ModelID
  /// Estimated here, from bytes.
  package var estimated = 0
  /// Counted by a proxy.
  package var proxy = 0
  /// Both bytes are known, but the measured requests do not allow an estimate.
  package var refused = 0
  /// The answer was cut or was an error, so that its bytes say nothing of its tokens.
  package var notWhole = 0
  /// The bytes of the prompt or of the answer are not recorded.
  package var withoutBytes = 0
  /// What the estimates rest on; `nil` where none was needed or there is a refusal.
  package var calibration: Calibration?
  /// Why there is none.
  package var refusal: CalibrationRefusal?
}

/// Estimates requests without measured tokens, one after the other, and adds them to a finished report.
package struct Estimator<Book: PriceBook>: Sendable {
  private let samples: [ModelID: CalibrationSamples]
  private let pricer: Pricer<Book>
  private let grouping: Grouping
  private var summaries: [ModelID: ModelEstimate] = [:]
  private var rows: [RowKey: EstimatedSum] = [:]
  private var models: [RowKey: EstimatedSum] = [:]

  /// - Parameters:
  ///   - samples: what is measured of each model.
  ///   - grouping: the report's.
  package init(
    _ samples: [ModelID: CalibrationSamples], baseline: ModelID, grouping: Grouping, prices book: Book
  ) {
    self.samples = samples
    self.pricer = Pricer(book: book, baseline: baseline)
    self.grouping = grouping
  }

  /// Takes a request in.
  package mutating func add(_ request: UnmeasuredRequest) {
    let model = request.slice.model
    var summary = summaries[model] ?? ModelEstimate(model: model)
    defer { summaries[model] = summary }
    guard let prompt = request.promptBytes, let answer = request.answerBytes, prompt > 0, answer > 0 else {
      if !add(proxyCountOf: request, &summary) { summary.withoutBytes += 1 }
      return
    }
    guard request.isWhole else {
      if !add(proxyCountOf: request, &summary) { summary.notWhole += 1 }
      return
    }
    if summary.calibration == nil, summary.refusal == nil {
      do throws(CalibrationRefusal) {
        summary.calibration = try (samples[model] ?? CalibrationSamples()).calibration()
      } catch {
        summary.refusal = error
      }
    }
    guard let calibration = summary.calibration else {
      if !add(proxyCountOf: request, &summary) { summary.refused += 1 }
      return
    }
    summary.estimated += 1
    add(calibration.tokens(promptBytes: prompt, answerBytes: answer), of: request.slice, to: \.bytes, calibration.error)
  }

  private mutating func add(proxyCountOf request: UnmeasuredRequest, _ summary: inout ModelEstimate) -> Bool {
    guard let tokens = request.proxyCount, ByteSample.isBelievable(tokens) else { return false }
    summary.proxy += 1
    add(tokens, of: request.slice, to: \.proxy, nil)
    return true
  }

  private mutating func add(
    _ tokens: TokenUsage, of slice: TrafficSlice, to part: WritableKeyPath<EstimatedSum, EstimatedPart>,
    _ error: EstimateError?
  ) {
    // Its row is where the report has it, without a prompt; its price is that of the estimated prompt.
    let billing = pricer.price(slice).billing
    var known = slice
    (known.tokens, known.prompt, known.counts) = (tokens, tokens.prompt, RequestCounts(client: 1))
    let priced = pricer.price(known)
    func count(_ sum: inout EstimatedSum) {
      sum[keyPath: part].add(priced)
      sum.error = sum.error ?? error
      sum.counted += slice.counts.estimated
    }
    count(&models[RowKey(slice, by: .model, billing: billing), default: EstimatedSum()])
    count(&rows[RowKey(slice, by: grouping, billing: billing), default: EstimatedSum()])
  }

  /// The report with the estimates beside its figures. Only the counts of unknown and estimated requests change.
  package func complete(_ report: AuditReport) -> AuditReport {
    var report = report
    Self.add(models, to: &report.models)
    if grouping == .model { report.rows = report.models } else { Self.add(rows, to: &report.rows) }
    let estimated = models.values.reduce(0) { $0 + $1.requests - $1.counted }
    report.coverage.counts.unknown -= estimated
    report.coverage.counts.estimated += estimated
    report.estimate = EstimateSummary(models: summaries.values.sorted { $0.model < $1.model })
    return report
  }

  private static func add(_ sums: [RowKey: EstimatedSum], to rows: inout [AuditRow]) {
    for (key, sum) in sums {
      guard let index = rows.firstIndex(where: { $0.key == key }) else { continue }
      if key.source == .estimated {
        rows[index].estimated = sum
        continue
      }
      rows[index].counts.unknown -= sum.requests - sum.counted
      if key.source == nil {
        rows[index].counts.estimated += sum.requests - sum.counted
        rows[index].estimated = sum
        continue
      }
      // Grouped by source, the requests leave the row of the unknown ones.
      var row = rows[index]
      row.key.source = .estimated
      row.counts = RequestCounts(estimated: sum.requests)
      row.estimated = sum
      row.claimed = nil
      if rows[index].counts.requests == 0, rows[index].claimed == nil { rows.remove(at: index) }
      rows.append(row)
    }
    rows.sort { $0.key < $1.key }
  }
}
