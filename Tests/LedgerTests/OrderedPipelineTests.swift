import Foundation
import Synchronization
import Testing

@testable import Ledger

struct OrderedPipelineTests {
  /// Items of one to four products each, told by their item and place.
  private static let items = Array(0..<40)
  private static let products = items.flatMap { item in (0...item % 4).map { item * 10 + $0 } }

  private func pipeline(
    threads: Int, capacity: Int, weight: @escaping @Sendable (Int) -> Int = { _ in 1 },
    made: @escaping @Sendable () -> Void = {}
  ) -> OrderedPipeline<Int, Int> {
    OrderedPipeline(Self.items, threads: threads, capacity: capacity, weight: weight) { item, give in
      for place in 0...item % 4 {
        guard give(item * 10 + place) else { return }
        made()
      }
    }
  }

  @Test(arguments: [(1, 1), (2, 1), (4, 1), (2, 7), (3, 1000)])
  func whatSeveralThreadsMakeComesInOrder(threads: Int, capacity: Int) {
    let pipeline = pipeline(threads: threads, capacity: capacity)
    defer { pipeline.stop() }
    #expect(Array(sequence(state: ()) { _ in pipeline.next() }) == Self.products)
  }

  @Test func aProductThatWeighsMoreThanMayWaitIsHandedOutAllTheSame() {
    let pipeline = pipeline(threads: 2, capacity: 3, weight: { $0 % 50 == 0 ? 100 : 1 })
    defer { pipeline.stop() }
    #expect(Array(sequence(state: ()) { _ in pipeline.next() }) == Self.products)
  }

  @Test func threadsThatAreAheadWait() {
    let made = Mutex(0)
    let pipeline = pipeline(threads: 3, capacity: 5, made: { made.withLock { $0 += 1 } })
    defer { pipeline.stop() }
    let patience = Date().addingTimeInterval(20)
    while made.withLock({ $0 }) < 5, Date() < patience { Thread.sleep(forTimeInterval: 0.001) }
    // Time enough to make more, if nothing held them up.
    Thread.sleep(forTimeInterval: 0.05)
    #expect((5...6).contains(made.withLock { $0 }), "five may wait, and what is taken next")
    #expect(pipeline.next() == Self.products.first)
  }

  @Test func whoWantsNoMoreGetsNoMore() {
    let pipeline = pipeline(threads: 2, capacity: 2)
    #expect(pipeline.next() == 0)
    pipeline.stop()
  }
}
