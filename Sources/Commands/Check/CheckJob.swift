import Audit
import Foundation
import Ledger
import Pricing
import Report
import Model

/// Gathers both sides of a check.
struct CheckJob {
  let workspace: Workspace
  let source: CheckSource

  /// Whether a fleet of which some does not answer is judged all the same.
  let allowsPartial: Bool

  init(_ workspace: Workspace, source: CheckSource, allowsPartial: Bool = false) {
    self.workspace = workspace
    self.allowsPartial = allowsPartial
    self.source = source
  }

  private var now: Int64 { workspace.context.now() }
  private var baseline: ModelID { workspace.settings.baseline.value }

  /// A side's requests and prices.
  private struct Side {
    var requests: GateSide
    var prices: PriceTable
  }

  func gate(rules: GateRules) throws(CommandFailure) -> Gate {
    let head: Side
    switch source {
    case .history: head = Side(requests: try history(), prices: try workspace.prices())
    case .ledger: head = try side(of: try workspace.traffic())
    case .fleet: head = try side(of: try FleetTraffic(workspace, allowsPartial: allowsPartial))
    }
    guard head.prices.resolve(baseline) != nil else {
      throw AuditJob.unknown(baseline, in: head.prices)
    }
    let today = CivilDay(milliseconds: now, in: .gmt)
    guard let base = workspace.settings.policy.base.value else {
      return Gate(report(head) ?? empty(today, head), base: nil, comparison: .none, rules: rules)
    }
    let (comparison, before) = try compare(head, with: base)
    return Gate(report(head) ?? empty(today, head), base: before, comparison: comparison, rules: rules)
  }

  private func compare(
    _ head: Side, with base: String
  ) throws(CommandFailure) -> (Gate.Comparison, AuditReport?) {
    let side: Side
    switch try self.base(base, head) {
    case .side(let found): side = found
    case .unlike(let reason): return (.reset(reason), nil)
    }
    if let old = side.requests.method, let new = head.requests.method, old != new {
      return (.reset("it was measured in another way: \(old.words), and now \(new.words)"), nil)
    }
    guard side.prices.resolve(baseline) != nil else {
      return (.reset("its pricing table does not know the baseline \(baseline)"), nil)
    }
    guard let report = report(side) else { return (.reset("it holds no requests"), nil) }
    return (.made(basePricing: side.prices.version), report)
  }

  private func report(_ side: Side) -> AuditReport? {
    side.requests.window(days: workspace.settings.policy.window.value.days).map {
      report($0, side)
    }
  }

  private func empty(_ day: CivilDay, _ side: Side) -> AuditReport { report(day...day, side) }

  private func report(_ days: ClosedRange<CivilDay>, _ side: Side) -> AuditReport {
    let settings = workspace.settings
    return side.requests.report(
      days, baseline: baseline, judgedBy: settings.ratio.value, cacheLife: settings.cacheLife.value, now: now,
      prices: side.prices)
  }

  // MARK: Where the sides come from

  private func history() throws(CommandFailure) -> GateSide {
    let store = HistoryStore(workspace)
    let path = store.path
    guard store.exists else {
      throw CommandFailure(
        "there is no history at \(path)",
        hint:
          "`ccr-audit run` begins one; --from ledger needs none; on a new machine `ccr-audit init` sets everything up")
    }
    let side = side(try store.read())
    if side.fromTheFuture > 0 {
      workspace.notes.warning("\(path): \(Figures.count(side.fromTheFuture, "record")) from the future left out")
    }
    return side
  }

  private func side(_ log: HistoryLog) -> GateSide { GateSide(log, scope: workspace.settings.scope.value, now: now) }

  private func side(of source: any TrafficSource) throws(CommandFailure) -> Side {
    let job = try AuditJob(workspace, source: source)
    let records = try workspace.whole(source) { () throws(CommandFailure) in try job.records() }
    return Side(requests: side(HistoryLog(records: records)), prices: job.prices)
  }

  /// A base, or why nothing of the head can be compared with it.
  private enum Base {
    case side(Side)
    case unlike(String)
  }

  private func base(_ name: String, _ head: Side) throws(CommandFailure) -> Base {
    if name.hasPrefix("git:") { return try revision(String(name.dropFirst(4)), head) }
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else {
      throw CommandFailure("there is no base \(name)", hint: "a git revision is written git:REF")
    }
    if isFolder.boolValue {
      let histories = try HistoryStore(path: name).files()
      guard histories.isEmpty else {
        return .side(Side(requests: side(try HistoryStore(path: name).read()), prices: head.prices))
      }
      let table = try CommandFailure.ofPricing { () throws(PricingError) in
        try PriceTable.load(folder: name, over: workspace.catalogue)
      }
      return .side(Side(requests: head.requests, prices: try workspace.complete(table)))
    }
    return try requests([(name, Data(try CommandFailure.reading(name, at: name)))]).map {
      Side(requests: $0, prices: head.prices)
    }
  }

  private func revision(_ ref: String, _ head: Side) throws(CommandFailure) -> Base {
    let settings = workspace.settings
    let (store, history) = Git.holding(settings.history.value, in: workspace.context)
    let ofPrices = settings.pricing.value.map { Git.holding($0, in: workspace.context) }
    let git = ofPrices?.git ?? store
    let commit = try git.commit(ref)
    var prices = head.prices
    if settings.pricing.value == nil {
      workspace.notes.note(
        "no pricing folder is configured: both sides have the prices within the program, so only traffic can differ")
    }
    if let pricing = ofPrices?.path {
      let files = try git.pricingFiles(in: pricing, at: commit)
      guard !files.isEmpty else { return .unlike("\(ref) has no pricing table") }
      do throws(PricingError) {
        prices = try PriceTable.load(files: files, over: workspace.catalogue)
      } catch {
        return .unlike("the pricing table at \(ref) cannot be used")
      }
      prices = try workspace.complete(prices)
    }
    let side = Side(requests: head.requests, prices: prices)
    // A ledger has no past; a history that the revision does not hold has none either.
    guard source == .history else { return .side(side) }
    if git.folder != store.folder, (try? store.commit(ref)) == nil { return .side(side) }
    let files = try store.historyFiles(history, at: try store.commit(ref))
    guard !files.isEmpty else { return .side(side) }
    return try requests(files.map { ("the history at \(ref)", $0) }).map { Side(requests: $0, prices: prices) }
  }

  private enum Requests {
    case read(GateSide)
    case unlike(String)

    func map(_ make: (GateSide) -> Side) -> Base {
      switch self {
      case .read(let side): .side(make(side))
      case .unlike(let reason): .unlike(reason)
      }
    }
  }

  private func requests(_ files: [(name: String, data: Data)]) throws(CommandFailure) -> Requests {
    var log = HistoryLog()
    for (name, data) in files {
      guard let text = String(data: data, encoding: .utf8) else { throw CommandFailure("\(name) is not UTF-8 text") }
      do throws(AuditError) {
        log.records += try HistoryLog(text: text).records
      } catch .historyLine(_, .version(let version)) {
        return .unlike("\(name) has schema_version \(version)")
      } catch {
        throw CommandFailure("\(name): \(error)")
      }
    }
    return .read(side(log))
  }
}

extension GateSide.Method {
  fileprivate var words: String { "against \(baseline) by days of \(timeZone)" }
}
