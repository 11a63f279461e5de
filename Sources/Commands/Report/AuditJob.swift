import Audit
import Foundation
import Ledger
import Pricing
import Report
import Model

/// Auditing a period of the ledger, as `report` and `run` do it.
struct AuditJob {
  let workspace: Workspace
  /// Where the requests come from.
  let source: any TrafficSource
  var prices: PriceTable

  init(_ workspace: Workspace, ledger: LedgerFile) throws(CommandFailure) {
    try self.init(workspace, source: LedgerTraffic([ledger], origin: workspace.settings.origin.value))
  }

  init(_ workspace: Workspace, source: any TrafficSource) throws(CommandFailure) {
    self.workspace = workspace
    self.source = source
    self.prices = try workspace.prices()
    let settings = workspace.settings
    for baseline in [settings.baseline.value] + settings.otherBaselines.value where prices.resolve(baseline) == nil {
      throw Self.unknown(baseline, in: prices)
    }
  }

  /// A baseline that the table does not have, with the names that are like it.
  static func unknown(_ baseline: ModelID, in prices: PriceTable) -> CommandFailure {
    let names = prices.modelNames(like: baseline).map(\.description)
    let near = names.isEmpty ? "" : "names like it: \(names.joined(separator: ", ")); "
    return CommandFailure(
      "the baseline \(baseline) is not in the pricing table",
      hint: near + "name a model of the table with --baseline PROVIDER/MODEL")
  }

  /// The same with the prices that were known on a day.
  func asKnown(on day: CivilDay) -> AuditJob {
    var job = self
    job.prices = prices.asKnown(on: day)
    return job
  }

  /// The days on which there are requests; `nil` where there are none.
  func days() throws(CommandFailure) -> ClosedRange<CivilDay>? {
    let zone = workspace.settings.timeZone.value
    return try source.span().map {
      CivilDay(milliseconds: $0.lowerBound, in: zone)...CivilDay(milliseconds: $0.upperBound, in: zone)
    }
  }

  /// How many requests of a model are not measured now, on the days of which a bill measured some.
  func unmeasured(of billed: [BilledUse]) throws(CommandFailure) -> [ModelID: Int] {
    let told = Dictionary(grouping: billed.filter { ($0.measured?.requests ?? 0) > 0 }, by: \.model)
    let all = told.values.joined().map(\.days)
    guard let first = all.map(\.lowerBound).min(), let last = all.map(\.upperBound).max() else { return [:] }
    let query = TrafficQuery(
      span: span(of: first...last), grain: PriceGrain(), timeZone: workspace.settings.timeZone.value)
    return try source.traffic(query).reduce(into: told.mapValues { _ in 0 }) { counts, slice in
      let model = prices.resolve(slice.model) ?? slice.model
      guard told[model]?.contains(where: { $0.days.contains(slice.day) }) == true else { return }
      counts[model, default: 0] += slice.counts.unknown + slice.counts.estimated
    }
  }

  /// The days that a command's options name.
  func days(of period: PeriodOptions) throws(CommandFailure) -> ClosedRange<CivilDay> {
    let today = CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
    return try period.days(today: today, held: try days() ?? today...today)
  }

  /// Days as a period of the configured time zone.
  func period(_ days: ClosedRange<CivilDay>) -> AuditPeriod {
    AuditPeriod(since: days.lowerBound, until: days.upperBound, timeZone: workspace.settings.timeZone.value)
  }

  /// Which traffic of days counts, and how much of it does not.
  func scope(of days: ClosedRange<CivilDay>) throws(CommandFailure) -> AuditScope {
    try scope(of: days, asked: workspace.settings.scope.value)
  }

  private func scope(of days: ClosedRange<CivilDay>, asked: TrafficScope?) throws(CommandFailure) -> AuditScope {
    guard asked != .all else { return AuditScope(.all) }
    var query = TrafficQuery(
      span: span(of: days), grain: PriceGrain(), timeZone: workspace.settings.timeZone.value, byRoute: true)
    query.days = .at([])
    return scope(of: try source.traffic(query), asked: asked)
  }

  /// Which of the traffic counts that is split by route.
  private func scope(of traffic: [TrafficSlice], asked: TrafficScope?) -> AuditScope {
    guard asked != .all else { return AuditScope(.all) }
    func size(_ scope: TrafficScope) -> TrafficSize { TrafficSize(traffic.filter { scope.contains($0.route) }) }
    return AuditScope(asked: asked, routed: size(.routed), direct: size(.direct))
  }

  /// The audit of days, both ends inclusive.
  /// - Parameter asked: which traffic counts; `nil` for what the settings say.
  func report(
    _ days: ClosedRange<CivilDay>, by grouping: Grouping = .model, scope asked: TrafficScope? = nil
  ) throws(CommandFailure) -> AuditReport {
    try report(try input(days, by: grouping, scope: asked))
  }

  /// The audits of several periods that end on one day, by their first days. What they share is read once.
  func reports(
    since firstDays: Set<CivilDay>, until last: CivilDay, scope asked: TrafficScope? = nil
  ) throws(CommandFailure) -> [CivilDay: AuditReport] {
    try reports([(asked, firstDays)], until: last).first ?? [:]
  }

  /// The same for several scopes, of which each has periods of its own.
  func reports(
    _ asked: [(scope: TrafficScope?, firstDays: Set<CivilDay>)], until last: CivilDay
  ) throws(CommandFailure) -> [[CivilDay: AuditReport]] {
    let cuts = Array(Set(asked.flatMap(\.firstDays)))
    guard let first = cuts.min() else { return asked.map { _ in [:] } }
    var query = auditQuery(first...last, cutAt: cuts, by: .model, scope: .all)
    query.byRoute = true
    let all = try read(first...last, cutAt: cuts, scope: .all, byRoute: true, traffic: try told(query))
    var recorded: [TrafficScope: RecordedTime] = [:]
    return try asked.map { asked throws(CommandFailure) in
      var reports: [CivilDay: AuditReport] = [:]
      for day in asked.firstDays {
        let traffic = all.traffic.filter { $0.day >= day }
        let scope = scope(of: traffic, asked: asked.scope ?? workspace.settings.scope.value)
        if recorded[scope.shown] == nil { recorded[scope.shown] = try self.recorded(scope.shown) }
        let read = ReadTraffic(traffic: traffic, planTraffic: all.planTraffic, measured: all.measured)
        reports[day] = try report(
          input(day...last, by: .model, scope: scope, read.of(scope.shown), recorded: recorded[scope.shown]))
      }
      return reports
    }
  }

  private func report(_ input: AuditInput) throws(CommandFailure) -> AuditReport {
    var report = Audit.run(input, prices: prices)
    let code = workspace.settings.currency.value
    if code != "USD" {
      let end = span(of: input.period.since...input.period.until).upperBound
      report.currency = try currency(code, at: min(input.now, end - 1))
    }
    return report
  }

  /// What an audit of days looks at, both ends inclusive.
  func input(
    _ days: ClosedRange<CivilDay>, by grouping: Grouping, scope asked: TrafficScope? = nil
  ) throws(CommandFailure) -> AuditInput {
    let asked = asked ?? workspace.settings.scope.value
    var query = auditQuery(days, cutAt: [], by: grouping, scope: .all)
    // Sums of all traffic say what is left out as well. Requests one by one are read only where they count.
    let (scope, traffic): (AuditScope, [TrafficSlice])
    if asked != .all, !query.isOfRows {
      query.byRoute = true
      let all = try told(query)
      scope = self.scope(of: all, asked: asked)
      traffic = all.filter { scope.shown.contains($0.route) }
    } else {
      scope = try self.scope(of: days, asked: asked)
      traffic = try told(auditQuery(days, cutAt: [], by: grouping, scope: scope.shown))
    }
    return input(
      days, by: grouping, scope: scope, try read(days, cutAt: [], scope: scope.shown, traffic: traffic),
      recorded: try recorded(scope.shown))
  }

  /// The traffic of days as an audit looks at it.
  private func auditQuery(
    _ days: ClosedRange<CivilDay>, cutAt cuts: [CivilDay], by grouping: Grouping, scope: TrafficScope
  ) -> TrafficQuery {
    var query = query(days, by: grouping, scope: scope)
    guard !grouping.isOfDays else { return query }
    query.days = .at(cuts.filter { $0 > days.lowerBound })
    let baselines = [workspace.settings.baseline.value] + workspace.settings.otherBaselines.value
    query.changes = { [prices, span = query.span] in prices.changes(of: $0, as: $1, besides: baselines, in: span) }
    return query
  }

  private func input(
    _ days: ClosedRange<CivilDay>, by grouping: Grouping, scope: AuditScope, _ read: ReadTraffic,
    recorded: RecordedTime?
  ) -> AuditInput {
    let settings = workspace.settings
    var input = AuditInput(
      period: period(days), scope: scope, traffic: read.traffic, planTraffic: read.planTraffic, recorded: recorded,
      cacheLife: settings.cacheLife.value, baseline: settings.baseline.value,
      otherBaselines: settings.otherBaselines.value, judgedBy: settings.ratio.value, now: workspace.context.now(),
      grouping: grouping)
    input.splits = MeasuredSplits(of: read.measured)
    return input
  }

  /// What audits read of a ledger.
  private struct ReadTraffic {
    var traffic: [TrafficSlice]
    var planTraffic: [TrafficSlice]
    /// Where the split of some traffic is not known: the requests that tell what caches served.
    var measured: [TrafficSlice]

    /// The part of one scope, where slices are told apart by route.
    func of(_ scope: TrafficScope) -> ReadTraffic {
      func part(_ slices: [TrafficSlice]) -> [TrafficSlice] { slices.filter { scope.contains($0.route) } }
      return ReadTraffic(traffic: part(traffic), planTraffic: part(planTraffic), measured: part(measured))
    }
  }

  /// Reads what is looked at beside the traffic of days.
  /// - Parameters:
  ///   - cuts: days from which on parts of it are audited by themselves.
  ///   - byRoute: whether parts of it are audited by themselves that went by other routes.
  private func read(
    _ days: ClosedRange<CivilDay>, cutAt cuts: [CivilDay], scope: TrafficScope, byRoute: Bool = false,
    traffic: [TrafficSlice]
  ) throws(CommandFailure) -> ReadTraffic {
    // Plans are judged by whole months, and by how many of them in a row did not pay.
    let held = try self.days()
    let firstDay = held.map { min($0.lowerBound, days.upperBound) } ?? days.lowerBound
    let months = firstDay.firstOfMonth...days.upperBound
    var plans = self.query(months, by: .model, scope: scope)
    plans.byRoute = byRoute
    plans.days = .at([days.lowerBound, firstDay] + cuts + planDays(months))
    plans.models = { [prices] in prices.isEverCovered($0) }
    let planTraffic = try told(plans)
    return ReadTraffic(
      traffic: traffic, planTraffic: planTraffic, measured: try measured(like: traffic + planTraffic, scope: scope))
  }

  /// Traffic; by day and route where the split of some is not known, as what providers measured of caches is.
  private func told(_ query: TrafficQuery) throws(CommandFailure) -> [TrafficSlice] {
    let traffic = try source.traffic(query)
    guard traffic.contains(where: \.variant.isSplitUnknown) else { return traffic }
    var query = query
    (query.byRoute, query.days, query.changes) = (true, .each, nil)
    return try source.traffic(query)
  }

  /// What providers measured of caches for the models of traffic whose split is not known, on its days and before.
  func splits(of traffic: [TrafficSlice], scope: TrafficScope) throws(CommandFailure) -> MeasuredSplits {
    MeasuredSplits(of: try measured(like: traffic, scope: scope))
  }

  private func measured(
    like traffic: [TrafficSlice], scope: TrafficScope
  ) throws(CommandFailure) -> [TrafficSlice] {
    let unknown = traffic.filter(\.variant.isSplitUnknown)
    guard let days = unknown.map(\.day).span else { return [] }
    let models = Set(unknown.map(\.model))
    let first = days.lowerBound.advanced(by: 1 - MeasuredSplits.days)
    var query = query(first...days.upperBound, by: .route, scope: scope)
    (query.bySource, query.models, query.hasWindows) = (true, { models.contains($0) }, { _, _ in false })
    return try source.traffic(query)
  }

  /// The history's records of days: of all traffic, each scope by itself. Who reads them chooses.
  /// - Parameter byOrigin: whether each origin has records of its own.
  func records(
    _ days: ClosedRange<CivilDay>, origin: String?, byOrigin: Bool = false
  ) throws(CommandFailure) -> [HistoryRecord] {
    var records: [HistoryRecord] = []
    let settings = workspace.settings
    for scope in TrafficScope.all.parts {
      let traffic = try told(query(days, by: byOrigin ? .origin : .model, scope: scope))
      let splits = try splits(of: traffic, scope: scope)
      // Whose searches they were among several origins, nobody asks.
      let searches =
        byOrigin
        ? [:] : try source.webSearches(in: span(of: days), scope: scope, timeZone: settings.timeZone.value)
      for (label, traffic) in Dictionary(grouping: traffic, by: \.label) {
        var found = HistoryRecord.records(
          of: traffic, scope: scope, origin: label ?? origin, baseline: settings.baseline.value, splits: splits,
          cacheLife: settings.cacheLife.value, timeZone: settings.timeZone.value, now: workspace.context.now(),
          prices: prices)
        for index in found.indices { found[index].webSearches = searches[found[index].day]?[found[index].model] ?? 0 }
        records += found
      }
    }
    return records
  }

  /// The same of all days on which there are requests.
  func records(byOrigin: Bool = false) throws(CommandFailure) -> [HistoryRecord] {
    guard let held = try days() else { return [] }
    return try records(held, origin: nil, byOrigin: byOrigin)
  }

  /// The time that the records cover; without records there is none, and nothing is charged.
  func recorded(_ scope: TrafficScope) throws(CommandFailure) -> RecordedTime {
    let zone = workspace.settings.timeZone.value
    return RecordedTime(days: try source.recordedDays(scope: scope, timeZone: zone))
      ?? RecordedTime(from: CivilDay(milliseconds: workspace.context.now(), in: zone).advanced(by: 1), used: [])
  }

  /// Where the use of plans has to be told apart: at the beginnings of their months, and each day of their last one.
  private func planDays(_ days: ClosedRange<CivilDay>) -> [CivilDay] {
    var cuts: Set<CivilDay> = []
    for plan in prices.plans {
      var month = plan.month(of: days.upperBound)
      cuts.formUnion((month.lowerBound.number..<month.upperBound.number).map(CivilDay.init(number:)))
      while month.lowerBound > days.lowerBound {
        cuts.insert(month.lowerBound)
        month = plan.month(of: month.lowerBound.advanced(by: -1))
      }
    }
    return Array(cuts)
  }

  private func currency(_ code: String, at instant: Int64) throws(CommandFailure) -> ReportCurrency {
    let rates = prices.currencies.first { $0.code == code }
    guard let rate = rates?.rate(at: instant) else {
      let day = CivilDay(milliseconds: instant, in: .gmt)
      throw CommandFailure(
        "the pricing table has no rate of \(code) for \(day)",
        hint: "add one under `currencies:` of a file such as fx.yaml in the pricing folder")
    }
    return ReportCurrency(code: code, rate: rate)
  }

  /// The traffic of days, as finely as prices need.
  /// - Parameter targets: other models that the traffic is priced at, whose hours of the day matter too.
  func traffic(
    _ days: ClosedRange<CivilDay>, by grouping: Grouping, scope: TrafficScope, pricedAt targets: [ModelID] = []
  ) throws(CommandFailure) -> [TrafficSlice] {
    try source.traffic(query(days, by: grouping, scope: scope, pricedAt: targets))
  }

  func query(
    _ days: ClosedRange<CivilDay>, by grouping: Grouping, scope: TrafficScope, pricedAt targets: [ModelID] = []
  ) -> TrafficQuery {
    let (prices, settings) = (prices, workspace.settings)
    let span = span(of: days)
    // Of thousands of models next to none has a price by the hour; each of them is asked for each row.
    let others = Set([settings.baseline.value] + settings.otherBaselines.value + targets)
      .filter { prices.hasWindows($0, in: span) }
    var query = TrafficQuery(
      span: span, grain: prices.grain, timeZone: settings.timeZone.value,
      byRoute: grouping == .route, bySession: grouping == .session, bySource: grouping == .source, scope: scope,
      hasWindows: { model, span in
        prices.hasWindows(model, in: span) || others.contains { prices.hasWindows($0, in: span) }
      })
    query.label =
      switch grouping {
      case .program: .program
      case .project: .project
      case .origin: .origin
      case .team: .team
      default: nil
      }
    return query
  }

  /// Why requests of a report have no tokens, in words.
  func notes(_ report: AuditReport, skippedLines: Int = 0) throws(CommandFailure) -> ReportNotes {
    let days = report.period.since...report.period.until
    let unmeasured = try source.unmeasured(in: span(of: days))
      .filter { report.scope.shown.contains($0.route) }
    return ReportNotes(
      reasons: UnmeasuredReasons.of(unmeasured), skippedLines: skippedLines,
      bounds: try source.lowerBounds(in: span(of: days), scope: report.scope.shown))
  }

  /// What sets prices of a report's requests beside tokens, by the plans and factors of their time.
  func extras(_ report: AuditReport) throws(CommandFailure) -> [PriceExtra] {
    let instants = span(of: report.period.since...report.period.until)
    let now = workspace.context.now()
    func known(_ extras: [CallExtras], at time: Int64) -> [PriceExtra] {
      extras.flatMap {
        PriceExtra.all(
          of: $0.model, as: $0.variant, requests: $0.requests, webSearches: $0.webSearches, at: time, prices: prices)
      }
    }
    func counts(_ span: Range<Int64>) throws(CommandFailure) -> [CallExtras] {
      try source.extras(in: span, scope: report.scope.shown)
    }
    func last(_ span: Range<Int64>) -> Int64 { max(span.lowerBound, min(span.upperBound, now) - 1) }
    let all = try counts(instants)
    let changes =
      all.flatMap { prices.factorChanges(of: $0.model, as: $0.variant) }
      + (all.isEmpty ? [] : prices.plans.flatMap(\.fees).map(\.from))
    let cuts = Set(changes).filter { instants.lowerBound < $0 && $0 <= last(instants) }.sorted()
    guard !cuts.isEmpty else { return PriceExtra.merged(known(all, at: last(instants))) }
    var extras: [PriceExtra] = []
    for (start, end) in zip([instants.lowerBound] + cuts, cuts + [instants.upperBound]) {
      extras += known(try counts(start..<end), at: last(start..<end))
    }
    return PriceExtra.merged(extras)
  }

  /// How ratios went, for a page: over the history, and nothing where there is none or it cannot be read; or over all
  /// days, where no history is kept of these requests.
  func trends(_ scope: TrafficScope) throws(CommandFailure) -> [Trend] {
    guard source.hasHistory else {
      return Trend.all(
        of: try records().filter { scope == .all || $0.scope == scope }, by: workspace.settings.ratio.value)
    }
    return ((try? HistoryStore(workspace).readable().log.newest)?.of(scope)).map {
      Trend.all(of: $0, by: workspace.settings.ratio.value)
    } ?? []
  }

  private func span(of days: ClosedRange<CivilDay>) -> Range<Int64> {
    let zone = workspace.settings.timeZone.value
    return days.interval(in: zone)
  }
}

/// Why the tokens of requests are in no record: what the records show.
enum UnmeasuredReasons {
  /// The reasons by model, those of most requests first.
  static func of(_ unmeasured: [Unmeasured]) -> [ModelID: [MissingTokens]] {
    Dictionary(grouping: unmeasured, by: \.model).mapValues { entries in
      Dictionary(grouping: entries) { $0.reason?.brief ?? brief($0.trace) }
        .map { reason, entries in
          MissingTokens(
            requests: entries.reduce(0) { $0 + $1.requests }, reason: reason,
            codes: entries.reduce(into: [:]) { codes, entry in
              if let word = entry.reason?.word { codes[word, default: 0] += entry.requests }
            })
        }
        .sorted { ($1.requests, $0.reason) < ($0.requests, $1.reason) }
    }
  }

  /// Records of older programs tell only how much of the answer there is.
  private static func brief(_ trace: Unmeasured.Trace) -> String {
    switch trace {
    case .nothing: "nothing of the answer is recorded"
    case .streamWithoutUsage: "no usage in the record of the stream"
    case .cut: "the answer or its record was cut"
    }
  }
}
