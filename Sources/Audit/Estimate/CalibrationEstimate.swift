import Pricing
package import Model

/// Estimates requests without measured tokens, and adds them to a finished report.
package struct Estimator<Book: PriceBook>: Sendable {
  private let samples: [ModelID: CalibrationSamples]
  private let pricer: Pricer<Book>
  private let grouping: Grouping
  private var summaries: [ModelID: ModelEstimate] = [:]
  private var bases: [ModelID: [RequestKind: Result<CalibrationBasis, CalibrationRefusal>]] = [:]
  private var pending: [ModelID: [PendingEstimate]] = [:]
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
    switch basis(of: request) {
    case .success(let basis):
      guard basis.samples.holds(promptBytes: prompt, answerBytes: answer) else {
        if !add(proxyCountOf: request, &summary) { summary.outOfRange += 1 }
        return
      }
      let tokens = basis.calibration.tokens(promptBytes: prompt, answerBytes: answer)
      pending[model, default: []].append(
        PendingEstimate(
          request: request, promptBytes: prompt, answerBytes: answer, tokens: tokens, kind: basis.kind,
          priced: priced(tokens, of: request.slice)))
    case .failure(let refusal): refuse(request, refusal, &summary)
    }
  }

  private mutating func refuse(
    _ request: UnmeasuredRequest, _ refusal: CalibrationRefusal, _ summary: inout ModelEstimate
  ) {
    guard !add(proxyCountOf: request, &summary) else { return }
    summary.refused += 1
    summary.refusals[refusal, default: 0] += 1
  }

  private mutating func basis(of request: UnmeasuredRequest) -> Result<CalibrationBasis, CalibrationRefusal> {
    let (model, kind) = (request.slice.model, request.kind)
    if let known = bases[model]?[kind] { return known }
    let found: Result<CalibrationBasis, CalibrationRefusal>
    do throws(CalibrationRefusal) {
      found = .success(try (samples[model] ?? CalibrationSamples()).basis(of: kind))
    } catch {
      found = .failure(error)
    }
    bases[model, default: [:]][kind] = found
    return found
  }

  /// Draws what each model's requests can have cost, and takes in the estimates that this bears out.
  /// - Returns: the 90 % intervals of all together.
  private mutating func settle() -> (cost: ClosedRange<Money>?, baselineCost: ClosedRange<Money>?) {
    var total: Bootstrap.Draws?
    for (model, requests) in pending.sorted(by: { $0.key < $1.key }) {
      var summary = summaries[model] ?? ModelEstimate(model: model)
      defer { summaries[model] = summary }
      let bases = (bases[model] ?? [:]).values.compactMap { try? $0.get() }
      let pools = Dictionary(bases.map { ($0.kind, $0.samples.donors) }, uniquingKeysWith: { first, _ in first })
      let bootstrap = Bootstrap(pools: pools)
      let (borne, refused) = bootstrap.divided(requests)
      for (request, refusal) in refused { refuse(request.request, refusal, &summary) }
      guard !borne.isEmpty else { continue }
      let draws = bootstrap.draws(borne)
      // Where requests of like size tell another story than all together, neither is believed.
      guard !draws.baselineCost.isOff else {
        for request in borne { refuse(request.request, .mixed, &summary) }
        continue
      }
      for request in borne {
        let basis = try? self.bases[model]?[request.request.kind]?.get()
        add(request.tokens, of: request.request.slice, to: \.bytes, basis?.calibration.error)
      }
      summary.estimated += borne.count
      summary.byModel += borne.count { $0.kind == nil }
      let most = Dictionary(grouping: borne, by: \.kind).max {
        ($0.value.count, "\($1.key as Any)") < ($1.value.count, "\($0.key as Any)")
      }
      summary.calibration = bases.first { $0.kind == most?.key }?.calibration
      total = total.map { $0 + draws } ?? draws
    }
    pending = [:]
    let isPaid = models.contains { $0.key.billing == .perToken && $0.value.bytes.requests > 0 }
    return (isPaid ? total?.cost.interval : nil, total?.baselineCost.interval)
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
    let priced = priced(tokens, of: slice)
    func count(_ sum: inout EstimatedSum) {
      sum[keyPath: part].add(priced)
      if let error {
        sum.error =
          sum.error.map {
            EstimateError(median: max($0.median, error.median), p90: max($0.p90, error.p90))
          } ?? error
      }
      sum.counted += slice.counts.estimated
    }
    count(&models[RowKey(slice, by: .model, billing: billing), default: EstimatedSum()])
    count(&rows[RowKey(slice, by: grouping, billing: billing), default: EstimatedSum()])
  }

  private func priced(_ tokens: TokenUsage, of slice: TrafficSlice) -> PricedSlice {
    var known = slice
    (known.tokens, known.prompt, known.counts) = (tokens, tokens.prompt, RequestCounts(client: 1))
    return pricer.price(known)
  }

  /// The report with the estimates beside its figures. Only the counts of unknown and estimated requests change.
  package mutating func complete(_ report: AuditReport) -> AuditReport {
    let (cost, baselineCost) = settle()
    return complete(report, cost: cost, baselineCost: baselineCost)
  }

  private func complete(
    _ report: AuditReport, cost: ClosedRange<Money>?, baselineCost: ClosedRange<Money>?
  ) -> AuditReport {
    var report = report
    Self.add(models, to: &report.models)
    if grouping == .model { report.rows = report.models } else { Self.add(rows, to: &report.rows) }
    let estimated = models.values.reduce(0) { $0 + $1.requests - $1.counted }
    report.coverage.counts.unknown -= estimated
    report.coverage.counts.estimated += estimated
    report.estimate = EstimateSummary(
      models: summaries.values.sorted { $0.model < $1.model }, cost: cost, baselineCost: baselineCost)
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
