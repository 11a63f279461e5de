import Foundation
import Model

/// The clock of a bill that tells only offsets: where it changes within a day that the bill lists, this day has an hour
/// less or more, which no offset alone has.
extension [Bill] {
  /// The bills, those of one seller by one zone where its clock changes on a day of theirs.
  /// - Parameter usual: the zone that is taken before others that have the same days.
  func byOneClock(usual: TimeZone) -> [Bill] {
    var settled = self
    for places in Dictionary(grouping: indices.filter { self[$0].tellsOffsets }, by: { self[$0].seller }).values {
      let days = Set(places.flatMap { self[$0].writtenDays })
      guard let (zone, clock) = Self.zone(of: days, usual) else { continue }
      for place in places { (settled[place].timeZone, settled[place].clock) = (zone, clock) }
    }
    return settled
  }

  /// The zone that has these days, and the offsets that they tell where nobody named it; `nil` where each day is that of
  /// its offset, or none has them.
  private static func zone(of days: Set<WrittenDay>, _ usual: TimeZone) -> (TimeZone, clock: String?)? {
    guard Set(days.map(\.byOffset.offset)).count > 1 || days.contains(where: \.isChanged) else { return nil }
    func isFound(_ zone: TimeZone) -> Bool { days.allSatisfy { $0.isOf(zone) } }
    func differs(_ zone: TimeZone) -> Bool { days.contains { $0.days.interval(in: zone) != $0.byOffset.interval } }
    if isFound(usual) { return differs(usual) ? (usual, nil) : nil }
    let zones = TimeZone.knownTimeZoneIdentifiers.sorted().compactMap(TimeZone.init(identifier:)).filter(isFound)
    // Zones may disagree on the end of a day whose end the bill does not tell.
    guard let first = zones.first, differs(first),
      zones.allSatisfy({ zone in
        days.allSatisfy { $0.days.interval(in: zone) == $0.days.interval(in: first) }
      })
    else { return nil }
    let offsets = days.sorted { $0.start < $1.start }.flatMap { day in
      let span = day.days.interval(in: first)
      return [span.lowerBound, span.upperBound - 1].map {
        first.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0) / 1000))
      }
    }
    let names = offsets.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.map(Bill.name)
    return (first, names.joined(separator: " and "))
  }
}

/// A day of a bill as it tells it, or several together.
private struct WrittenDay: Hashable {
  var days: ClosedRange<CivilDay>
  /// When it begins, or when something on it does.
  var start: Int64
  /// When it ends; `nil` where the bill does not tell that.
  var end: Int64?
  /// Whether it is a part of a day.
  var isPart: Bool
  /// The same by the offset of its beginning.
  var byOffset: Offset

  struct Offset: Hashable {
    var offset: Int
    var interval: Range<Int64>
  }

  /// Whether the bill tells other instants than the offset has.
  var isChanged: Bool { !isPart && end.map { $0 != byOffset.interval.upperBound } ?? false }

  func isOf(_ zone: TimeZone) -> Bool {
    let interval = days.interval(in: zone)
    if isPart { return interval.contains(start) }
    return interval.lowerBound == start && end.map { $0 == interval.upperBound } ?? true
  }
}

extension Bill {
  /// An offset for people.
  fileprivate static func name(_ offset: Int) -> String {
    TimeZone(secondsFromGMT: offset)?.ianaName ?? "\(offset) s"
  }

  fileprivate var writtenDays: Set<WrittenDay> {
    let offset = timeZone.secondsFromGMT()
    var known: [ClosedRange<CivilDay>: Range<Int64>] = [:]
    return rows.reduce(into: []) { written, row in
      let interval = known[row.days] ?? row.days.interval(in: timeZone)
      known[row.days] = interval
      // An hour of a zone's day is one of the day that the bill says.
      let isPart = tellsOffsets && row.bucket.map { $0.upperBound - $0.lowerBound < 23 * 3_600_000 } ?? false
      let span = tellsOffsets ? row.bucket ?? interval : interval
      // A table of columns has no ends.
      written.insert(
        WrittenDay(
          days: row.days, start: span.lowerBound, end: isPart || seller == .csv ? nil : span.upperBound,
          isPart: isPart, byOffset: WrittenDay.Offset(offset: offset, interval: interval)))
    }
  }

  /// Whether a zone has the days that it tells.
  func hasDays(of zone: TimeZone) -> Bool { writtenDays.allSatisfy { $0.isOf(zone) } }
}
