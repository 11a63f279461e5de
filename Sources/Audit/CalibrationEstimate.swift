package import Pricing
package import Model

/// The estimated requests of a row. No measured figure holds any of it.
package struct EstimatedSum: Hashable, Sendable {
  /// Those estimated here, from bytes.
  package var bytes = EstimatedPart()
  /// Those that a proxy counted by itself: nobody knows how well.
  package var proxy = EstimatedPart()
  /// How far the estimate of a single request from bytes is off, at worst; `nil` where there are none.
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
  /// How the tokens were come by: a word of the JSON contract.
  package var method: String {
    if proxy.requests == 0 { return "bytes" }
    return bytes.requests == 0 ? "proxy" : "bytes_and_proxy"
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
  /// Between what the cost of all that was estimated from bytes lies with a probability of 90 %: of per-token models;
  /// `nil` where there is none.
  package var cost: ClosedRange<Money>?
  /// The same at the baseline's rates, of all models that have a price.
  package var baselineCost: ClosedRange<Money>?
}

/// What was estimated of a model's requests without measured tokens. Each of them counts in exactly one of the fields
/// `estimated`, `proxy`, `refused`, `outOfRange`, `notWhole` and `withoutBytes`.
package struct ModelEstimate: Hashable, Sendable {
  /// Who was called.
  package var model: ModelID
  /// Estimated here, from bytes.
  package var estimated = 0
  /// Those of them for which the model as a whole stands, because too few requests of their route are measured.
  package var byModel = 0
  /// Counted by a proxy.
  package var proxy = 0
  /// Both bytes are known, but the measured requests do not allow an estimate.
  package var refused = 0
  /// Shorter or longer than any measured request that they could be estimated by.
  package var outOfRange = 0
  /// The answer was cut or was an error, so that its bytes say nothing of its tokens.
  package var notWhole = 0
  /// The bytes of the prompt or of the answer are not recorded.
  package var withoutBytes = 0
  /// What the estimates of most requests rest on; `nil` where none was needed or there is a refusal.
  package var calibration: Calibration?
  /// Why there is none, and for how many requests.
  package var refusals: [CalibrationRefusal: Int] = [:]

  /// The refusals, those of most requests first.
  package var refusalsByCount: [(refusal: CalibrationRefusal, requests: Int)] {
    refusals.map { (refusal: $0.key, requests: $0.value) }.sorted {
      ($1.requests, "\($0.refusal)") < ($0.requests, "\($1.refusal)")
    }
  }
}

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
