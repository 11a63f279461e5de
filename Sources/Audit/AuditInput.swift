package import Foundation
package import Model

/// What an audit looks at.
package struct AuditInput: Sendable {
  /// The days that the report covers.
  package var period: AuditPeriod
  /// Which traffic of them `traffic` is.
  package var scope: AuditScope
  /// The requests of the period.
  package var traffic: [TrafficSlice]
  /// The requests of the calendar month of the period's end, up to that end, and of as many months before it as there
  /// are: what plans are judged by. It may overlap `traffic`, and is never added to it.
  package var planTraffic: [TrafficSlice]
  /// The time that records cover; `nil` where it begins with the first slice.
  package var recorded: RecordedTime?
  /// What providers measured of caches, for requests whose split nobody knows.
  package var splits = MeasuredSplits()
  /// How long the cache of a baseline that caches would have kept what nobody read.
  package var cacheLife: CacheLife
  /// The model that everything is compared with.
  package var baseline: ModelID
  /// Other models to compare with; they decide nothing.
  package var otherBaselines: [ModelID]
  /// Which ratio decides.
  package var judgedBy: RatioKind
  /// The present, epoch milliseconds.
  package var now: Int64
  /// What the report's rows are.
  package var grouping: Grouping
  /// The mix of tokens behind the nominal break-even.
  package var blend: Blend

  /// What an audit looks at.
  package init(
    period: AuditPeriod, scope: AuditScope = AuditScope(.routed), traffic: [TrafficSlice], planTraffic: [TrafficSlice],
    recorded: RecordedTime? = nil,
    cacheLife: CacheLife = .fiveMinutes, baseline: ModelID, otherBaselines: [ModelID] = [],
    judgedBy: RatioKind = .plain, now: Int64,
    grouping: Grouping = .model, blend: Blend = .even
  ) {
    self.period = period
    self.scope = scope
    self.traffic = traffic
    self.planTraffic = planTraffic
    self.recorded = recorded
    self.cacheLife = cacheLife
    self.baseline = baseline
    self.otherBaselines = otherBaselines
    self.judgedBy = judgedBy
    self.now = now
    self.grouping = grouping
    self.blend = blend
  }
}

/// Days, both ends inclusive, in a time zone.
package struct AuditPeriod: Hashable, Sendable {
  /// The first day.
  package var since: CivilDay
  /// The last day.
  package var until: CivilDay
  /// Whose clock tells where days begin.
  package var timeZone: TimeZone

  /// A period.
  package init(since: CivilDay, until: CivilDay, timeZone: TimeZone) {
    self.since = since
    self.until = until
    self.timeZone = timeZone
  }

  /// The zone's usual name.
  package var zoneName: String { timeZone.identifier == "GMT" ? "UTC" : timeZone.identifier }

  /// The instant up to which the period has been seen: its end, or the present where that is earlier.
  func seen(at now: Int64) -> Int64 { min(now, until.advanced(by: 1).start(in: timeZone)) }
}

/// What a cost is compared with. Raw values are the words of the configuration and of the JSON contract.
package enum RatioKind: String, CaseIterable, Sendable {
  /// The baseline's cost of the token classes as they were observed.
  case plain
  /// The baseline's cost had the client called it directly, with prompt caching.
  case cached
}

/// What a report has rows for, beside the model.
package enum Grouping: String, CaseIterable, Sendable {
  /// Nothing else.
  case model
  /// Each day.
  case day
  /// Each route.
  case route
  /// Each session.
  case session
  /// Each source of tokens.
  case source
  /// Each week, which begins on a Monday.
  case week
  /// Each month of the calendar.
  case month
  /// Each project of a client: the folder that it ran in.
  case project
  /// Whose records they are.
  case origin
  /// Each team of a fleet.
  case team
  /// Each program that wrote records.
  case program

  /// Whether rows are days or made of days.
  package var isOfDays: Bool { [.day, .week, .month].contains(self) }
}

/// How many parts of input and output tokens a nominal token is mixed of.
package struct Blend: Hashable, Sendable {
  /// Parts of input.
  package var input: Int
  /// Parts of output.
  package var output: Int

  /// A blend; `nil` unless both parts are 0 or more and one of them is more.
  package init?(input: Int, output: Int) {
    guard (0...1_000_000).contains(input), (0...1_000_000).contains(output), input + output > 0 else { return nil }
    self.init(parts: (input, output))
  }

  /// The simple mean of the input and the output rate.
  package static let even = Blend(parts: (1, 1))

  private init(parts: (input: Int, output: Int)) {
    self.input = parts.input
    self.output = parts.output
  }
}
