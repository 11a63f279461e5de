import Audit
import Fleet
import Foundation
import Ledger
import Model
import Report

/// The requests of a fleet, added up by its server. Each answer proves itself: the rows that answered are counted and their
/// keys summed, and both must be what machines have committed of these hours, before and after.
final class FleetTraffic: TrafficSource {
  /// An hour, and its quarters in which routed and direct requests began: a bit each.
  private struct HeldHour {
    var hour: Int64
    var routed: Int64
    var direct: Int64
  }

  private let workspace: Workspace
  private var server: FleetServer
  /// Whether a report that lacks something is wanted all the same.
  private let allowsPartial: Bool
  private var answers: [String: [FleetGroup]] = [:]
  private var quarters: [HeldHour]?
  private var names: [String: FleetMachine]?
  /// Whether only a server that has all commits may answer. Without its keeper none knows whether it has.
  private var isStrict = true
  /// What machines had committed of everything when the report began.
  private var beginning: FleetState?
  /// What is missing of what was read.
  private(set) var missing: MissingTraffic?

  init(_ workspace: Workspace, allowsPartial: Bool) throws(CommandFailure) {
    self.workspace = workspace
    self.allowsPartial = allowsPartial
    server = try FleetServer(workspace)
    try settled { () throws(FleetError) in try server.greet() }
  }

  var hasHistory: Bool { false }
  var name: String { "the fleet's server" }
  var emptiness: String { "the fleet's server holds no requests yet: no machine has pushed any" }

  func origin() -> String? { nil }

  // MARK: The report as a whole

  func begin() throws(CommandFailure) {
    (answers, quarters, names, missing) = ([:], nil, nil, nil)
    isStrict = true
    do throws(CommandFailure) {
      beginning = try settled { () throws(FleetError) in try state(FleetSQL.ever) }
    } catch {
      guard allowsPartial else { throw error }
      isStrict = false
      workspace.notes.warning("\(error.sentence); what is shown may be older than what machines have sent")
      beginning = try settled { () throws(FleetError) in try state(FleetSQL.ever) }
    }
    if let newest = beginning?.schema, newest > FleetSchema.version {
      throw CommandFailure("some machine writes with a newer ccr-audit (layout \(newest)); update this one")
    }
  }

  func isAsItWas() throws(CommandFailure) -> Bool {
    if missing != nil { return true }
    return try settled { () throws(FleetError) in try state(FleetSQL.ever) } == beginning
  }

  // MARK: Days and names

  /// The quarters of hours in which requests began, as machines committed them.
  private func held() throws(CommandFailure) -> [HeldHour] {
    if let quarters { return quarters }
    let rows = try settled { () throws(FleetError) in try server.ask(server.sql.quarters, consistent: isStrict) }
    var found: [HeldHour] = []
    for row in rows {
      let numbers = row.compactMap { Int64($0) }
      guard numbers.count == 3, EpochTime.range.upperBound / EpochTime.hour > numbers[0], numbers[0] >= 0,
        numbers[1...].allSatisfy({ (0...15).contains($0) })
      else { throw CommandFailure(FleetError.foreignCommits) }
      found.append(HeldHour(hour: numbers[0], routed: numbers[1], direct: numbers[2]))
    }
    quarters = found
    return found
  }

  private static func instants(_ hour: Int64, _ bits: Int64) -> [Int64] {
    (0..<4).filter { bits >> Int64($0) & 1 == 1 }.map { hour * EpochTime.hour + Int64($0) * 900_000 }
  }

  func span() throws(CommandFailure) -> ClosedRange<Int64>? {
    let held = try held()
    guard let first = held.first, let last = held.last,
      let start = Self.instants(first.hour, first.routed | first.direct).first,
      let end = Self.instants(last.hour, last.routed | last.direct).last
    else { return nil }
    return start...(end + 900_000 - 1)
  }

  func recordedDays(scope: TrafficScope, timeZone: TimeZone) throws(CommandFailure) -> Set<CivilDay> {
    var days: Set<CivilDay> = []
    for held in try held() {
      let bits =
        switch scope {
        case .all: held.routed | held.direct
        case .routed: held.routed
        case .direct: held.direct
        }
      for instant in Self.instants(held.hour, bits) { days.insert(CivilDay(milliseconds: instant, in: timeZone)) }
    }
    return days
  }

  func models() throws(CommandFailure) -> [ModelID] {
    guard let span = try span() else { return [] }
    return Array(Set(try groups(sums(of: span.lowerBound..<span.upperBound + 1)).map(\.model))).sorted()
  }

  private func machines() throws(CommandFailure) -> [String: FleetMachine] {
    if let names { return names }
    let rows = try settled { () throws(FleetError) in try server.ask(server.sql.machines) }
    var found: [String: FleetMachine] = [:]
    for row in rows {
      guard let machine = FleetMachine(row) else {
        throw CommandFailure(FleetError.final("its table `machine` holds what no ccr-audit writes"))
      }
      found[machine.id] = machine
    }
    names = found
    return found
  }

  func warnings() throws(CommandFailure) -> [String] {
    let machines = try machines()
    let now = server.clock
    let silent = machines.values.count { $0.isSilent(at: now) }
    var warnings = missing.map { ["partial: \(MissingTrafficSummary.sentence($0))"] } ?? []
    if silent > 0 {
      warnings.append(
        "\(Figures.count(silent)) of \(Figures.count(machines.count, "machine")) \(silent == 1 ? "has" : "have") not "
          + "pushed for two days: what happened there since is not here")
    }
    return warnings
  }

  // MARK: Requests

  func traffic(_ query: TrafficQuery) throws(CommandFailure) -> [TrafficSlice] {
    guard let held = try span() else { return [] }
    let day = 86_400_000 as Int64
    var query = query
    query.span = query.span.clamped(
      to: held.lowerBound / day * day..<(held.upperBound / day + 1) * day)
    let intervals = query.intervals()
    guard !intervals.isEmpty else { return [] }
    var known: [String: FleetMachine] = [:]
    if query.label == .origin || query.label == .team { known = try machines() }
    return try groups(query).compactMap { group in
      guard query.scope.contains(group.route), query.models?(group.model) ?? true,
        query.span.contains(group.times.lowerBound)
      else { return nil }
      let place = max(0, intervals.partitioningIndex { $0.lowerBound > group.times.lowerBound } - 1)
      return group.slice(
        query, day: CivilDay(milliseconds: intervals[place].lowerBound, in: query.timeZone),
        label: label(group, query.label, known))
    }
  }

  private func label(
    _ group: FleetGroup, _ label: TrafficQuery.Label?, _ machines: [String: FleetMachine]
  ) -> String? {
    func named(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
    switch label {
    case .program: return named(group.program)
    case .team: return named(machines[group.machine]?.team)
    case .origin:
      let digits = UInt64(group.machine).map { String($0, radix: 16) } ?? group.machine
      return named(machines[group.machine]?.name) ?? String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    case .project, nil: return nil
    }
  }

  func unmeasured(in span: Range<Int64>) throws(CommandFailure) -> [Unmeasured] {
    try groups(sums(of: span)).compactMap { group in
      guard span.contains(group.times.lowerBound), group.counts.unknown > 0 else { return nil }
      return Unmeasured(
        model: group.model, route: group.route, trace: group.trace ?? .nothing, reason: group.reason,
        requests: group.counts.unknown)
    }
  }

  func extras(in span: Range<Int64>, scope: TrafficScope) throws(CommandFailure) -> [CallExtras] {
    CallExtras.sums(
      try groups(sums(of: span)).compactMap { group -> CallExtras? in
        guard span.contains(group.times.lowerBound), scope.contains(group.route) else { return nil }
        return CallExtras(
          model: group.model, variant: group.variant, requests: Int(group.requests), webSearches: group.webSearches)
      })
  }

  func webSearches(
    in span: Range<Int64>, scope: TrafficScope, timeZone: TimeZone
  ) throws(CommandFailure) -> [CivilDay: [ModelID: Int64]] {
    // Cut at each day.
    let query = TrafficQuery(span: span, grain: PriceGrain(), timeZone: timeZone)
    return try groups(query).reduce(into: [:]) { found, group in
      let began = group.times.lowerBound
      guard span.contains(began), scope.contains(group.route), group.webSearches > 0 else { return }
      found[CivilDay(milliseconds: began, in: timeZone), default: [:]][group.model, default: 0] += group.webSearches
    }
  }

  /// Bills are in the ledger of whoever read them.
  func billedUse(in days: ClosedRange<CivilDay>) -> [BilledUse] { [] }
  func billedUse(across days: ClosedRange<CivilDay>) -> [BilledUse] { [] }

  /// Single requests stay on the server; `SourceOptions.demand` refuses what needs them.
  func eachMeasured(_ body: (ByteRecord) -> Void) {}
  func eachUnmeasured(_ query: TrafficQuery, _ body: (UnmeasuredRequest) -> Void) {}

  private func sums(of span: Range<Int64>) -> TrafficQuery {
    var query = TrafficQuery(span: span, grain: PriceGrain(), timeZone: .gmt)
    query.days = .at([])
    return query
  }

  // MARK: The proof

  /// The server's sums of the hours that a query touches.
  private func groups(_ query: TrafficQuery) throws(CommandFailure) -> [FleetGroup] {
    guard let held = try span() else { return [] }
    let first = max(query.span.lowerBound / EpochTime.hour, held.lowerBound / EpochTime.hour)
    let last = min((query.span.upperBound + EpochTime.hour - 1) / EpochTime.hour, held.upperBound / EpochTime.hour + 1)
    guard first < last else { return [] }
    let question = server.sql.groups(query, hours: first..<last)
    if let known = answers[question] { return known }
    let groups = try proven(question, first..<last)
    answers[question] = groups
    return groups
  }

  private func proven(_ question: String, _ hours: Range<Int64>) throws(CommandFailure) -> [FleetGroup] {
    var failure: FleetError?
    // Whether rows and commits differed while nobody committed anything.
    var isBehind = false
    // Once something is known to be missing, waiting for it again would not bring it.
    for attempt in 1...(missing == nil ? FleetServer.attempts : 1) {
      if attempt > 1 { workspace.context.wait(FleetServer.pause) }
      do throws(FleetError) {
        (failure, isBehind) = (nil, false)
        let before = try state(hours)
        let groups = try read(question)
        let isWhole = Self.sum(of: groups, is: before)
        guard try state(hours) == before else { continue }
        if isWhole { return groups }
        isBehind = true
      } catch {
        if case .final = error { throw CommandFailure(error) }
        failure = error
      }
    }
    let found = try? server.gap(hours, consistent: isStrict)
    if let found, found.surplus > 0 { throw Self.surplus(found) }
    // Where nobody can say what is missing, what there is says nothing.
    guard let found, !found.isNone else {
      throw isBehind && found != nil ? Self.differentAnswers : Self.refusal(nil, failure)
    }
    var gap = MissingTraffic(
      requests: found.requests, ofRequests: found.ofRequests, machines: found.machines, ofMachines: found.ofMachines,
      // What was missing before is missing for the same reason.
      isUnanswered: failure?.isOfOthers ?? missing?.isUnanswered ?? false)
    guard allowsPartial else { throw Self.refusal(gap, failure) }
    let groups = try CommandFailure.ofFleet { () throws(FleetError) in try read(question, partial: true) }
    gap.requests = groups.reduce(0) { $0 + $1.requests }
    if gap.ofRequests - gap.requests >= (missing.map { $0.ofRequests - $0.requests } ?? 0) { missing = gap }
    return groups
  }

  /// More than was committed is no part of a report either.
  private static func surplus(_ gap: FleetGap) -> CommandFailure {
    CommandFailure(
      "the fleet's server holds other rows than machines committed: \(Figures.count(Int(gap.requests), "request")) of "
        + "\(Figures.count(Int(gap.ofRequests))); \(Figures.count(gap.surplus)) of "
        + "\(Figures.count(gap.ofMachines, "machine")) \(gap.surplus == 1 ? "has" : "have") too many",
      hint: "`ccr-audit push --verify` on the machines sends their hours again")
  }

  /// What one replica lacked, another one had.
  private static var differentAnswers: CommandFailure {
    CommandFailure(
      "the fleet's servers gave different answers: some replica is behind the others", hint: "try again later")
  }

  /// Why there is no report.
  private static func refusal(_ gap: MissingTraffic?, _ failure: FleetError?) -> CommandFailure {
    if let gap {
      return CommandFailure(
        "the report would lack requests: \(MissingTrafficSummary.sentence(gap))",
        hint: "try again later, or --allow-partial shows what there is")
    }
    let sentence =
      if let failure {
        "the fleet's server: \(failure)"
      } else {
        "the fleet's requests changed while they were read"
      }
    return CommandFailure(sentence, hint: "try again; days that have ended change less: --until yesterday")
  }

  private static func sum(of groups: [FleetGroup], is state: FleetState) -> Bool {
    var (rows, requests, digest): (Int64, Int64, UInt64) = (0, 0, 0)
    for group in groups {
      // `FleetGroup.canBeAdded` holds of them.
      rows += group.rows
      requests += group.requests
      digest &+= group.digest
    }
    return rows == state.rows && requests == state.requests && digest == state.digest
  }

  private func read(_ question: String, partial: Bool = false) throws(FleetError) -> [FleetGroup] {
    var groups: [FleetGroup] = []
    for line in TabSeparated.lines(try server.bytes(question, partial: partial)) {
      guard let group = FleetGroup(TabSeparated.fields(line)) else { throw .uncountable }
      groups.append(group)
    }
    guard FleetGroup.canBeAdded(groups) else { throw .final("its sums are larger than any fleet's") }
    return groups
  }

  private func state(_ hours: Range<Int64>) throws(FleetError) -> FleetState {
    if isStrict { try server.demandCurrent() }
    guard let state = FleetState(try server.ask(server.sql.state(hours), consistent: isStrict)) else {
      throw .foreignCommits
    }
    return state
  }

  /// Tries again what may go better later.
  private func settled<Value>(_ body: () throws(FleetError) -> Value) throws(CommandFailure) -> Value {
    for _ in 1..<FleetServer.attempts {
      do throws(FleetError) {
        return try body()
      } catch {
        if case .final = error { throw CommandFailure(error) }
        workspace.context.wait(FleetServer.pause)
      }
    }
    return try CommandFailure.ofFleet(body)
  }
}
