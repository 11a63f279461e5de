import Foundation

/// Makes products of items on several threads, and hands them out in the order of the items.
///
/// No more than a few products are held: a thread that is ahead waits until what it made is taken.
final class OrderedPipeline<Item: Sendable, Product: Sendable>: @unchecked Sendable {
  private let items: [Item]
  private let make: @Sendable (Item, _ give: (Product) -> Bool) -> Void
  /// How many products may wait in all, and of the item that is taken from.
  private let capacity: (all: Int, current: Int)

  /// Guards all that follows.
  private let condition = NSCondition()
  private var begun = 0
  private var current = 0
  private var waiting: [Int: [Product]] = [:]
  private var waitingCount = 0
  private var ended: Set<Int> = []
  private var isStopped = false
  /// Threads that are at work. One that the system does not start says nothing, so each counts itself.
  private var running = 0

  /// Starts making.
  /// - Parameter make: makes the products of an item one after another; where `give` says `false`, nobody wants more.
  init(_ items: [Item], threads: Int, make: @escaping @Sendable (Item, _ give: (Product) -> Bool) -> Void) {
    self.items = items
    self.make = make
    let count = min(max(1, threads), items.count)
    capacity = (all: 2 * count, current: 2)
    for _ in 0..<count { Thread { self.work() }.start() }
  }

  /// The next product; `nil` after the last one.
  func next() -> Product? {
    condition.lock()
    defer { condition.unlock() }
    while current < items.count {
      if let product = waiting[current]?.first {
        waiting[current]?.removeFirst()
        waitingCount -= 1
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
      let isFull =
        index == current ? waiting[index]?.count ?? 0 >= capacity.current : waitingCount >= capacity.all
      if !isFull { break }
      condition.wait()
    }
    if isStopped { return false }
    waiting[index, default: []].append(product)
    waitingCount += 1
    condition.broadcast()
    return true
  }
}
