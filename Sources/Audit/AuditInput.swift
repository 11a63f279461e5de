package import Model

/// What an audit looks at.
package struct AuditInput: Sendable {
  /// The days that the report covers.
  package var period: AuditPeriod
  /// Which traffic of them `traffic` is.
  package var scope: AuditScope
  /// The requests of the period; by day, where the split of some is not known.
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
