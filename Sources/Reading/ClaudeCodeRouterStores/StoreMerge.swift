import Model

/// Makes one request out of all that both stores say of it. Never adds anything up.
package enum StoreMerge {
  /// Each request once, by start. Usage events are the base; request logs add what those lack (reasoning, the model
  /// asked for, the session, the exact start, the error) and stand for themselves where there is no event.
  ///
  /// Joined by the router's id; where either has none, by path, model and times within two seconds, the nearest first.
  /// The order of what is given does not matter.
  /// - Parameter requests: what was read of either store, rows read more than once included.
  package static func merge(_ requests: some Sequence<StoreRequest>) -> [StoreRequest] {
    var events: [String: StoreRequest] = [:]
    var logs: [String: StoreRequest] = [:]
    for request in requests {
      switch request.table {
      case .usageEvents: events[request.id] = better(events[request.id], request)
      case .requestLogs: logs[request.id] = better(logs[request.id], request)
      }
    }
    var merged: [StoreRequest] = []
    func join(_ event: String, _ log: String) {
      guard let one = events[event], let other = logs[log] else { return }
      events[event] = nil
      logs[log] = nil
      merged.append(joined(one, other))
    }
    for id in logs.keys { join(id, id) }
    for pair in neighbours(events.values, logs.values) { join(pair.event, pair.log) }
    return (merged + events.values + logs.values).sorted {
      ($0.request.started, $0.id) < ($1.request.started, $1.id)
    }
  }

  private struct Pair {
    var distance: Int64
    var event: String
    var log: String
  }

  private struct Place: Hashable {
    var path: String
    var model: ModelID

    init(_ request: StoreRequest) {
      path = request.path
      model = request.request.model
    }
  }

  private static let tolerance: Int64 = 2000

  /// Events and logs that can be the same request although no id says so, the nearest first.
  private static func neighbours(
    _ events: some Sequence<StoreRequest>, _ logs: some Collection<StoreRequest>
  ) -> [Pair] {
    guard !logs.isEmpty else { return [] }
    let places = Dictionary(grouping: events, by: Place.init)
      .mapValues { $0.sorted { $0.request.started < $1.request.started } }
    return logs.flatMap { log in
      let start = log.request.started
      let group = places[Place(log)] ?? []
      return group[group.partitioningIndex { $0.request.started >= start - tolerance }...]
        .prefix { $0.request.started <= start + tolerance }
        .compactMap { event -> Pair? in
          let end = abs((event.request.ended ?? 0) - (log.request.ended ?? 0))
          guard end <= tolerance, !(event.hasRouterID && log.hasRouterID) else { return nil }
          return Pair(distance: abs(event.request.started - start) + end, event: event.id, log: log.id)
        }
    }.sorted { ($0.distance, $0.event, $0.log) < ($1.distance, $1.event, $1.log) }
  }

  /// The one of two readings of a request in one table to believe: what the router recorded itself before what it filled
  /// in later, the newer row, and of one row read twice the one that says more.
  private static func better(_ known: StoreRequest?, _ other: StoreRequest) -> StoreRequest {
    guard let known, known != other else { return other }
    func rank(_ one: StoreRequest) -> (Int, Int64, Int64, Int64, Int) {
      (
        one.isBackfilled ? 0 : 1, one.row, one.request.usage?.total ?? -1, one.request.usage?.reasoning ?? -1,
        one.request.failure == nil ? 0 : 1
      )
    }
    if rank(known) == rank(other) { return "\(known)" < "\(other)" ? other : known }
    return rank(known) < rank(other) ? other : known
  }

  private static func joined(_ event: StoreRequest, _ log: StoreRequest) -> StoreRequest {
    var one = event
    one.request.started = log.request.started
    one.request.session = event.request.session ?? log.request.session
    one.request.stream = event.request.stream ?? log.request.stream
    one.request.status = event.request.status ?? log.request.status
    one.request.failure = log.request.failure ?? event.request.failure
    if let usage = event.request.usage {
      one.request.usage?.reasoning = max(usage.reasoning, min(log.request.usage?.reasoning ?? 0, usage.output))
    } else if log.request.usage != nil {
      one.request.usage = log.request.usage
      one.request.usageSource = log.request.usageSource
      one.request.reason = nil
      one.table = .requestLogs
    }
    one.requestedModel = event.requestedModel ?? log.requestedModel
    one.claimedCost = event.claimedCost ?? log.claimedCost
    return one
  }
}
