import Foundation

/// Makes products of items on several threads, and hands them out in the order of the items.
///
/// What is held is bounded: a thread that is ahead waits until what it made is taken.
final class OrderedPipeline<Item: Sendable, Product: Sendable>: @unchecked Sendable {
  private let items: [Item]
  private let make: @Sendable (Item, _ give: (Product) -> Bool) -> Void
  private let weight: @Sendable (Product) -> Int
  /// The weight of the products that may wait before no more are made.
  private let capacity: Int

  /// Guards all that follows.
  private let condition = NSCondition()
  private var begun = 0
  private var current = 0
  private var waiting: [Int: [Product]] = [:]
  private var waitingWeight = 0
  private var ended: Set<Int> = []
  private var isStopped = false
  /// Threads that are at work. One that the system does not start says nothing, so each counts itself.
  private var running = 0

  /// Starts making.
  /// - Parameters:
  ///   - capacity: the weight of the products that may wait before no more are made.
  ///   - weight: how much of it a product takes.
  ///   - make: makes the products of an item one after another; where `give` says `false`, nobody wants more.
  init(
    _ items: [Item], threads: Int, capacity: Int, weight: @escaping @Sendable (Product) -> Int = { _ in 1 },
    make: @escaping @Sendable (Item, _ give: (Product) -> Bool) -> Void
  ) {
    self.items = items
    self.make = make
    self.weight = weight
    self.capacity = capacity
    for _ in 0..<min(max(1, threads), items.count) { Thread { self.work() }.start() }
  }

  /// The next product; `nil` after the last one.
  func next() -> Product? {
    condition.lock()
    defer { condition.unlock() }
    while current < items.count {
      if let product = waiting[current]?.first {
        waiting[current]?.removeFirst()
        waitingWeight -= weight(product)
        condition.broadcast()
        return product
      }
      if ended.contains(current) {
        waiting[current] = nil
        ended.remove(current)
        current += 1
        condition.broadcast()
      } else {
        condition.wait()
      }
    }
    return nil
  }

  /// Waits until no thread is at work any more. To be called in the end, also where not all was taken.
  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    while running > 0 { condition.wait() }
    condition.unlock()
  }

  private func work() {
    condition.lock()
    running += 1
    condition.unlock()
    while let index = take() {
      make(items[index]) { give($0, of: index) }
      condition.lock()
      ended.insert(index)
      condition.broadcast()
      condition.unlock()
    }
    condition.lock()
    running -= 1
    condition.broadcast()
    condition.unlock()
  }

  private func take() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    guard !isStopped, begun < items.count else { return nil }
    begun += 1
    return begun - 1
  }

  private func give(_ product: Product, of index: Int) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped {
      // What is taken next never waits for what comes after it.
      let isNext = index == current && waiting[index]?.isEmpty ?? true
      if isNext || waitingWeight < capacity { break }
      condition.wait()
    }
    if isStopped { return false }
    waiting[index, default: []].append(product)
    waitingWeight += weight(product)
    condition.broadcast()
    return true
  }
}
